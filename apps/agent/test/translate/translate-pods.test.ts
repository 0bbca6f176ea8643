import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/config/settings.ts";
import { translatePods } from "../../src/translate/translate-pods.ts";
import { UsageError } from "../../src/usage-error.ts";
import { runAgent } from "../agent-process.ts";

const provider = `
const validate = (value) => (value.size ? { value } : { issues: [{ message: "is missing", path: ["size"] }] });
const schema = { "~standard": { version: 1, vendor: "own", validate } };
const translate = (pod, { size }) => {
  const { name } = pod.metadata;
  if (name === "broken") throw Object.assign(new Error("it cannot be"), { code: "InvalidInput", [Symbol.for("@virtual-kubelet/provider-error")]: true });
  const asks = ({ spec }) => spec.hostNetwork === true;
  const features = [
    { field: "spec.hostNetwork", support: "refused", reason: "no", asks },
    { field: "spec.containers", support: "ignored", reason: "why not", asks: ({ spec }) => spec.containers.length > 1 },
    { field: "spec", support: "supported", asks: () => true },
  ];
  return { documents: [{ name: "box " + name, content: { size } }], notes: ["rounded up"], features };
};
export const provider = Object.assign(() => () => ({}), { providerName: "own", schema, apiVersion: 1, translate });
`;

const pod = (name: string, spec = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { containers: [{ name: a }], ${spec} }\n`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-translate-"));
  await writeFile(join(folder, "own.mjs"), provider);
  await writeFile(join(folder, "mute.mjs"), provider.replace("apiVersion: 1, translate", "apiVersion: 1"));
  await writeFile(join(folder, "options.yaml"), "size: 7\n");
  await writeFile(join(folder, "none.yaml"), "");
});
afterAll(() => rm(folder, { recursive: true }));

async function translated(pods: string, flags: Readonly<Record<string, string>> = {}) {
  const path = join(folder, "pods.yaml");
  await writeFile(path, pods);
  const given = { provider: "./own.mjs", providerConfig: "options.yaml", ...flags };
  return translatePods(await resolveSettings({ flags: given, environment: {}, workingDirectory: folder }), path);
}

describe("translating pods", () => {
  test("gives what they would become, and what there is to know of it", async () => {
    const others = `${pod("web")}---\nkind: ConfigMap\n---\n${pod("db")}`;
    expect(await translated(others)).toEqual({
      documents: '{\n  "size": 7\n}\n{\n  "size": 7\n}\n',
      remarks:
        "default/web: becomes box web\ndefault/web: note: rounded up\ndefault/db: becomes box db\ndefault/db: note: rounded up\n",
      isRefused: false,
    });
  });

  test("says which fields are refused and ignored", async () => {
    const { remarks, isRefused } = await translated(pod("web", "hostNetwork: true"));
    expect(remarks).toContain("default/web: refused: spec.hostNetwork: no\n");
    expect(isRefused).toBe(true);
    const ignored = await translated(pod("web").replace("[{ name: a }]", "[{ name: a }, { name: b }]"));
    expect(ignored.remarks).toContain("default/web: ignored: spec.containers: why not\n");
    expect(ignored.isRefused).toBe(false);
  });

  test("says why a pod cannot be translated, and translates the others", async () => {
    const { documents, remarks, isRefused } = await translated(`${pod("broken")}---\n${pod("web")}`);
    expect(remarks).toContain("default/broken: refused: it cannot be\n");
    expect(documents).toContain('"size": 7');
    expect(isRefused).toBe(true);
  });

  test.each([
    ["", {}, /has no Pod in it/],
    ["kind: ConfigMap\n", {}, /has no Pod in it/],
    ["a: [", {}, /not valid YAML/],
    [pod("web"), { provider: "./mute.mjs" }, /does not say what it makes of pods/],
    [pod("web"), { providerConfig: "none.yaml" }, /"size" is missing/],
  ])("refuses %j with %j as wrong usage", async (pods, flags, message) => {
    const attempt = translated(pods, flags);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });

  test("prints documents and remarks apart, and ends with 1 when a pod is refused", async () => {
    await writeFile(join(folder, "refused.yaml"), pod("web", "hostNetwork: true"));
    const args = ["translate", "refused.yaml", "--provider", "./own.mjs", "--provider-config", "options.yaml"];
    const { exitCode, stdout, stderr } = await runAgent(args, { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '{\n  "size": 7\n}\n' });
    expect(stderr).toContain("default/web: refused: spec.hostNetwork: no\n");
  });

  test("says in one line which file is not there", async () => {
    const args = ["translate", "nowhere.yaml", "--provider", "./own.mjs", "--provider-config", "options.yaml"];
    const { exitCode, stderr } = await runAgent(args, { cwd: folder });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: "virtual-kubelet: Cannot read nowhere.yaml: there is no such file.\n",
    });
  });
});
