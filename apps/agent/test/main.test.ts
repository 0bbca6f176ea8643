import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentProcess, runAgent } from "./agent-process.ts";

const provider = (more = ""): string => `
const schema = { "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } };
export const provider = Object.assign(() => () => ({}), { providerName: "own", schema, apiVersion: 1 });
${more}`;

/** Nothing listens there. */
const kubeconfig = `
apiVersion: v1
kind: Config
current-context: a
contexts: [{ name: a, context: { cluster: a, user: a } }]
clusters: [{ name: a, cluster: { server: "http://127.0.0.1:9" } }]
users: [{ name: a, user: { token: t } }]
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-main-"));
  await writeFile(join(folder, "own.mjs"), provider());
  await writeFile(join(folder, "rejecting.mjs"), provider("setTimeout(() => Promise.reject(new Error('forgotten')));"));
  await writeFile(join(folder, "kubeconfig"), kubeconfig);
  await writeFile(join(folder, "nonsense"), "apiVersion: v1\nkind: Pod\n");
  await writeFile(join(folder, "words"), "just words\n");
  const [own, other] = [issueCertificate({ commonName: "own" }), issueCertificate({ commonName: "other" })];
  await writeFile(join(folder, "certificate.pem"), own.certificate);
  await writeFile(join(folder, "key.pem"), own.key);
  await writeFile(join(folder, "other-key.pem"), other.key);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]): string[] => ["run", "--provider", "./own.mjs", "--kubeconfig", "kubeconfig", ...args];

describe("the agent", () => {
  test.concurrent("waits for a cluster that is out of reach, and ends with 0 when it is stopped", async () => {
    const agent = new AgentProcess(run("--log-format", "json"), { cwd: folder });
    await agent.stderrHas("cannot be identified yet");
    agent.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await agent.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ level: "info", msg: "agent starts", node: "virtual-kubelet", provider: "own" });
    expect(lines.at(-1)).toMatchObject({ level: "info", msg: "agent stopped" });
    // What is wrong is said once, not once more for each error behind it.
    expect(JSON.stringify(lines[1]?.["err"])).toMatch(/"message":"[^"]*ECONNREFUSED[^"]*"/);
    expect(JSON.stringify(lines[1]?.["err"])).not.toMatch(/"message":"[^"]*ECONNREFUSED[^"]*ECONNREFUSED[^"]*"/);
  });

  test.concurrent("waits for the certificate that it asks for with a bootstrap token, and ends with 0 when it is stopped", async () => {
    const args = ["run", "--provider", "./own.mjs", "--bootstrap-kubeconfig", "kubeconfig", "--cert-dir", "pki"];
    const agent = new AgentProcess([...args, "--log-format", "json"], { cwd: folder });
    await agent.stderrHas("no new client certificate for the node yet");
    agent.kill("SIGTERM");
    const { exitCode, stderr } = await agent.ended;
    expect(exitCode).toBe(0);
    expect(stderr.trim().split("\n").at(-1)).toContain("agent stopped");
    expect(await readdir(join(folder, "pki"))).toEqual(["kubelet-client-virtual-kubelet.key"]);
  });

  test.concurrent("ends with 1 and the stack when a promise was forgotten", async () => {
    const { exitCode, stderr } = await runAgent(
      ["run", "--provider", "./rejecting.mjs", "--kubeconfig", "kubeconfig", "--log-format", "pretty"],
      {
        cwd: folder,
      },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /FATAL the agent has a defect and ends; its pods run on {2}error=forgotten\n {4}Error: forgotten\n {8}at /,
    );
  });

  test.concurrent.each<[string[], RegExp]>([
    [["run", "--provider", "./own.mjs", "--kubeconfig", "none"], /^virtual-kubelet: .*\/none.*\n$/],
    [["run", "--provider", "./own.mjs", "--kubeconfig", "nonsense"], /^virtual-kubelet: .*\/nonsense.*\n$/],
    [["run", "--provider", "./own.mjs", "--kubeconfig", "words"], /^virtual-kubelet: .*\/words.*\n$/],
    [
      run("--tls-cert-file", "own.mjs"),
      /^virtual-kubelet: A serving certificate needs both of --tls-cert-file and --tls-private-key-file\.\n$/,
    ],
    [run("--client-ca-file", "own.mjs"), /^virtual-kubelet: --client-ca-file: .*\/own\.mjs is not PEM: .*\n$/],
    [
      run("--client-ca-file", "none"),
      /^virtual-kubelet: --client-ca-file: cannot read .*\/none: there is no such file\.\n$/,
    ],
    [
      run("--client-ca-file", "key.pem"),
      /^virtual-kubelet: --client-ca-file: .*\/key\.pem holds no certificate that can be read\.\n$/,
    ],
    [
      run("--tls-cert-file", "certificate.pem", "--tls-private-key-file", "other-key.pem"),
      /^virtual-kubelet: --tls-private-key-file: .*\/other-key\.pem does not hold the key of .*\/certificate\.pem\.\n$/,
    ],
    [run("--system-log-dir", "none"), /^virtual-kubelet: --system-log-dir: there is no folder .*\/none\.\n$/],
    [run("--system-log-dir", "own.mjs"), /^virtual-kubelet: --system-log-dir: .*\/own\.mjs is no folder\.\n$/],
    [["run", "--config", "none.yaml"], /^virtual-kubelet: Cannot read .*\/none\.yaml: there is no such file\.\n$/],
    [["run"], /^virtual-kubelet: No provider was named: say --provider NAME \(.*\)\.\n$/],
    [["rnu"], /^virtual-kubelet: unknown command 'rnu', did you mean run\?.*\n$/],
  ])("given %j ends with 2 and one sentence", async (args, message) => {
    const { exitCode, stdout, stderr } = await runAgent(args, { cwd: folder });
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  });

  test.concurrent("prints its version, and help when asked for nothing", async () => {
    expect((await runAgent(["version"], { cwd: folder })).stdout).toMatch(
      /^virtual-kubelet \d+\.\d+\.\d+ \(Node\.js \d+/,
    );
    expect((await runAgent([], { cwd: folder })).stdout).toMatch(/^Usage: virtual-kubelet /);
  });
});
