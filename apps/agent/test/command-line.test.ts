import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../src/command-line.ts";
import { settingsTable, variableOf } from "../src/config/settings-table.ts";
import { UsageError } from "../src/usage-error.ts";

describe("the command line", () => {
  test.each([
    [["version"], { command: "version" }],
    [["--version"], { command: "version" }],
    [["providers"], { command: "providers", flags: {} }],
    [["providers", "nomad"], { command: "providers", flags: {}, name: "nomad" }],
    [
      [
        "conformance",
        "--provider",
        "nomad",
        "--only",
        "logs",
        "--skip",
        "logs.since=no times",
        "--skip",
        "logs.tail=a=b",
      ],
      {
        command: "conformance",
        flags: { provider: "nomad" },
        image: "busybox",
        only: "logs",
        skips: { "logs.since": "no times", "logs.tail": "a=b" },
      },
    ],
    [["run"], { command: "run", flags: {} }],
    [
      ["translate", "-", "--provider", "nomad", "--config", "f.yaml"],
      { command: "translate", pods: "-", flags: { provider: "nomad" }, file: "f.yaml" },
    ],
    [
      ["run", "--node-name", "a", "--labels", "x=1", "--labels", "y=2", "--config", "f.yaml"],
      { command: "run", flags: { nodeName: "a", labels: "x=1,y=2" }, file: "f.yaml" },
    ],
    [["run", "--taints", ""], { command: "run", flags: { taints: "" } }],
  ])("%j means %j", (args, invocation) => {
    expect(parseCommandLine(args)).toEqual(invocation);
  });

  test.each([
    [["rnu"], /^unknown command 'rnu', did you mean run\?/],
    [["run", "--nod-name", "a"], /^unknown option '--nod-name', did you mean --node-name\?/],
    [["run", "--node-name"], /argument missing/],
    [["run", "extra"], /too many arguments/],
  ])("%j is refused in one line", (args, message) => {
    const parse = () => parseCommandLine(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });

  test("gives help when nothing was asked, and with --help anywhere", () => {
    for (const args of [[], ["--help"], ["help"]]) expect(parseCommandLine(args)).toMatchObject({ command: "help" });
    expect(parseCommandLine(["run", "--help"])).toMatchObject({
      text: expect.stringContaining("virtual-kubelet run --config agent.yaml"),
    });
  });

  test("takes a flag that stands alone for true", () => {
    const parse = (...args: string[]) => parseCommandLine(["run", ...args]);
    const flag = "--rotate-server-certificates";
    expect(parse(flag, "--node-name", "a")).toMatchObject({
      flags: { rotateServerCertificates: "true", nodeName: "a" },
    });
    expect(parse(`${flag}=false`)).toMatchObject({ flags: { rotateServerCertificates: "false" } });
  });

  test("has help for every setting", () => {
    const { text } = parseCommandLine(["help", "run"]) as { text: string };
    for (const { flag } of settingsTable) expect(text).toContain(flag);
  });

  test("names each flag's variable after it", () => {
    expect(settingsTable.map(variableOf)).toContain("VIRTUAL_KUBELET_TLS_PRIVATE_KEY_FILE");
  });
});
