import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "../agent-process.ts";

const provider = `
const schema = { "~standard": {
  version: 1,
  vendor: "own",
  validate: (value) => value?.region ? { value } : { issues: [{ message: "expected a region", path: ["region"] }] },
} };
const create = ({ region }) => () => {
  if (region === "sea") throw new Error("there is no land");
  return { features: region === "bare" ? undefined : [
    { field: "spec.hostNetwork", support: "refused", reason: region + " has no host network", asks: () => false },
  ] };
};
export const provider = Object.assign(create, { providerName: "own", schema, apiVersion: 1 });
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-providers-"));
  await writeFile(join(folder, "own.mjs"), provider);
  for (const region of ["north", "bare", "sea"]) await writeFile(join(folder, `${region}.yaml`), `region: ${region}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

test.concurrent.each([
  [["--provider-config", "north.yaml"], /\n\| `spec\.hostNetwork` \| refused \| north has no host network \|\n$/],
  [["--provider-config", "bare.yaml"], /\nIt says nothing of what it makes of a pod/],
  [["--provider-config", "sea.yaml"], /\nWhat it makes of a pod cannot be told, .*: there is no land\n$/],
  [[], /\nTo see what it makes of a pod, give its options by --config or --provider-config: "region" is missing/],
])("providers NAME, given %j, says what the provider makes of a pod, or why it cannot", async (args, text) => {
  const { exitCode, stdout, stderr } = await runAgent(["providers", "./own.mjs", ...args], { cwd: folder });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/^own {2}file:/);
  expect(stdout).toMatch(text);
});
