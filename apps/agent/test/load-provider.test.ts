import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadProvider } from "../src/load-provider.ts";
import { runAgent } from "./agent-process.ts";

/** A provider as its author would write it without any of our packages: with a schema of its own. */
const provider = (name: string, apiVersion = 1): string => `
const schema = { "~standard": { version: 1, vendor: "own", validate: (value) =>
  value.size === "small" ? { value } : { issues: [{ message: "must be small", path: ["size"] }] } } };
export const provider = Object.assign((options) => () => ({}), { providerName: "${name}", schema, apiVersion: ${apiVersion} });
`;
const manifest = (exports: unknown, name = "acme"): string =>
  JSON.stringify({ name, version: "1.2.3", type: "module", exports });

/** A folder outside the repository, with what npm would put there. */
const files: Readonly<Record<string, string>> = {
  "node_modules/@virtual-kubelet/provider-acme/package.json": manifest(
    { import: "./here.js" },
    "@virtual-kubelet/provider-acme",
  ),
  "node_modules/@virtual-kubelet/provider-acme/here.js": provider("acme"),
  "node_modules/acme/package.json": manifest("./wrong.js"),
  "node_modules/acme/wrong.js": "throw new Error('the wrong package');",
  "node_modules/plain/package.json": manifest({ ".": { types: "./x.d.ts", default: "./main.js" } }, "plain"),
  "node_modules/plain/main.js": provider("plain"),
  "node_modules/@scope/other/package.json": manifest({ import: "./main.js" }, "@scope/other"),
  "node_modules/@scope/other/main.js": provider("other"),
  "node_modules/future/package.json": manifest("./main.js", "future"),
  "node_modules/future/main.js": provider("future", 2),
  "node_modules/lodash/package.json": manifest("./main.js", "lodash"),
  "node_modules/lodash/main.js": "export const provider = {};",
  "own/bare.mjs": "export const provider = Object.assign(() => () => ({}), { providerName: 'bare', apiVersion: 1 });",
  "node_modules/broken/package.json": manifest("./main.js", "broken"),
  "node_modules/broken/main.js": "import 'not-there';",
  "own/mine.mjs": provider("mine"),
  "own/waiting.mjs": "await new Promise(() => {});",
  "own/package/package.json": manifest({ ".": "./entry.js" }, "own-package"),
  "own/package/entry.js": provider("own-package"),
  "deep/er/empty.txt": "",
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-providers-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe("a provider", () => {
  test.concurrent.each([
    ["acme", ".", /^acme .*provider-acme\/here\.js/],
    ["plain", ".", /^plain .*plain\/main\.js/],
    ["@scope/other", "deep/er", /^other .*@scope\/other\/main\.js/],
    ["./own/mine.mjs", ".", /^mine .*own\/mine\.mjs/],
    ["../own/package", "deep", /^own-package .*own\/package\/entry\.js/],
  ])("named %s is found from %s", async (name, cwd, line) => {
    const { stdout, stderr, exitCode } = await runAgent(["providers", name], { cwd: join(folder, cwd) });
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: expect.stringMatching(line) as string,
      stderr: "",
      exitCode: 0,
    });
  });

  test.concurrent.each([
    [
      "saturn",
      /^virtual-kubelet: The provider "saturn" is not installed\. To install it: npm install @virtual-kubelet\/provider-saturn\n$/,
    ],
    [
      "@scope/none",
      /^virtual-kubelet: The provider "@scope\/none" is not installed\. To install it: npm install @scope\/none\n$/,
    ],
    ["acne", /did you mean "acme"\? To install it: npm install @virtual-kubelet\/provider-acne\n$/],
    [
      "deep",
      /^virtual-kubelet: The provider "deep" is not installed; for \S*\/deep write \.\/deep\. To install it: .*\n$/,
    ],
    [
      "./own/bare.mjs",
      /^virtual-kubelet: ".*\/own\/bare\.mjs" \(.*\) is no provider: its export "provider" has no name or no schema\.\n$/,
    ],
    ["./none.js", /^virtual-kubelet: There is no provider at .*\/none\.js\.\n$/],
    [
      "lodash",
      /^virtual-kubelet: "lodash" \(.*\) is no provider: it has no export "provider" made by defineProvider\.\n$/,
    ],
    [
      "future",
      /^virtual-kubelet: The provider "future" speaks version 2 of the contract and this agent version 1: .*\n$/,
    ],
    ["broken", /^virtual-kubelet: Cannot load the provider "broken" from .*: Cannot find package 'not-there' .*\n$/],
  ])("named %s is refused with one sentence", async (name, message) => {
    const { stdout, stderr, exitCode } = await runAgent(["providers", name], { cwd: folder });
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
    expect(stderr).toMatch(message);
  });

  test("is listed when it is installed", async () => {
    const { stdout } = await runAgent(["providers"], { cwd: join(folder, "deep/er") });
    expect(stdout).toMatch(/^acme +1\.2\.3 .*provider-acme$/m);
  });

  test("has its options checked with its own schema, in the place they came from", async () => {
    await writeFile(join(folder, "agent.yaml"), "provider: acme\nproviderOptions:\n  size: large\n");
    const { stderr, exitCode } = await runAgent(["run", "--config", "agent.yaml"], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^virtual-kubelet: .*agent\.yaml:3: "size": must be small\n$/);
  });

  test("that waits for ever while it loads is given up", async () => {
    await expect(loadProvider("./own/waiting.mjs", [folder], { limitMs: 20 })).rejects.toThrow(
      /^Cannot load the provider ".\/own\/waiting.mjs" from .*: it did not load within 0\.02 s$/,
    );
  });
});
