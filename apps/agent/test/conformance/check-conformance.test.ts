import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "../agent-process.ts";

/** A provider whose backend is a file: what is accepted is there, in this process and in the next. */
const provider = `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const file = new URL("pods.json", import.meta.url);
const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
const change = (act) => { const pods = read(); act(pods); writeFileSync(file, JSON.stringify(pods)); };
const create = ({ forgetful }) => (context) => ({
  createPod: ({ metadata: { namespace, name, uid }, spec }) => change((pods) => {
    const [{ image, command }] = spec.containers;
    if (image !== "tools:1" || command[0] !== "sh") throw new Error("it is to be a shell in the image");
    if (!forgetful) pods[uid] = { owner: context.nodeName, state: { namespace, name, uid } };
  }),
  deletePod: ({ uid }) => change((pods) => delete pods[uid]),
  getPod: ({ uid }) => read()[uid]?.state,
  getPods: () => Object.values(read()).filter(({ owner }) => owner === context.nodeName).map(({ state }) => state),
});
const schema = { "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } };
export const provider = Object.assign((options) => create(options ?? {}), { providerName: "own", schema, apiVersion: 1 });
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-conformance-"));
  await writeFile(join(folder, "own.mjs"), provider);
  await writeFile(join(folder, "forgetful.yaml"), "provider: ./own.mjs\nproviderOptions: { forgetful: true }\n");
});
afterAll(() => rm(folder, { recursive: true }));

const image = ["--image", "tools:1"];

test.concurrent("prints a line for each check and a summary, and ends with 0 when none has failed", async () => {
  const args = ["conformance", "--provider", "./own.mjs", ...image, "--only", "pods.accepted"];
  const { exitCode, stdout, stderr } = await runAgent(args, { cwd: folder });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/^own {2}file:.*own\.mjs\nok {4}pods\.accepted: .* \(\d+ ms\)\n1 checks: 1 passed, 0 failed/);
});

test.concurrent("ends with 1 when a check has failed, and says why", async () => {
  const args = ["conformance", "--config", "forgetful.yaml", ...image, "--only", "pods.accepted"];
  const { exitCode, stdout } = await runAgent(args, { cwd: folder });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/\nFAIL {2}pods\.accepted: .*\n {6}Expected values/);
});

test.concurrent("says why a check is skipped", async () => {
  const args = ["conformance", "--provider", "./own.mjs", ...image, "--only", "attach.output"];
  const { exitCode, stdout } = await runAgent(args, { cwd: folder });
  expect(exitCode).toBe(0);
  expect(stdout).toContain(
    "skip  attach.output: whoever attaches hears what the container writes from then on (the provider has no attach)\n",
  );
});

test.concurrent("leaves out what it is told to, with the reason", async () => {
  const args = ["conformance", "--config", "forgetful.yaml", ...image, "--only", "pods.accepted"];
  const { exitCode, stdout } = await runAgent([...args, "--skip", "pods.accepted=it forgets"], { cwd: folder });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/\nskip {2}pods\.accepted: .* \(it forgets\)\n1 checks: 0 passed, 0 failed, 1 skipped/);
});

test.concurrent.each([
  ["pods.acepted=why", /there is no check "pods\.acepted", did you mean "pods\.accepted"\?\n$/],
  ["pods.accepted", /"pods\.accepted" is no check with a reason/],
])("ends with 2 when --skip is %j", async (skip, message) => {
  const args = ["conformance", "--provider", "./own.mjs", "--skip", skip];
  const { exitCode, stderr } = await runAgent(args, { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(message);
});

test.concurrent("ends with 2 when what is to be checked is not there", async () => {
  const args = ["conformance", "--provider", "./own.mjs", "--only", "flying"];
  const { exitCode, stderr } = await runAgent(args, { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^virtual-kubelet: There is no area and no check "flying"\. Areas are pods, containers, .*\n$/,
  );
});
