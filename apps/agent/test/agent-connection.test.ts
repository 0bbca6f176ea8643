import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionOf } from "../src/agent-connection.ts";
import { UsageError } from "../src/usage-error.ts";

let folder = "";
let kubeconfig = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-connection-"));
  kubeconfig = join(folder, "kubeconfig");
  const cluster = { name: "a", cluster: { server: "https://one:6443" } };
  const user = { name: "a", user: { token: "t" } };
  const contexts = [{ name: "a", context: { cluster: "a", user: "a" } }];
  await writeFile(kubeconfig, JSON.stringify({ "current-context": "a", contexts, clusters: [cluster], users: [user] }));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the cluster that the settings name", () => {
  test.each(["kubeconfig", "bootstrapKubeconfig"] as const)("is that of the %s", async (key) => {
    expect(await connectionOf({ [key]: kubeconfig })).toMatchObject({ server: "https://one:6443" });
  });

  test("is none when they name no file", async () => {
    expect(await connectionOf({})).toBeUndefined();
  });

  test.each<[string, () => object, RegExp]>([
    [
      "two identities",
      () => ({ kubeconfig, bootstrapKubeconfig: kubeconfig }),
      /^--kubeconfig and --bootstrap-kubeconfig are two ways to reach the cluster: keep one of them\.$/,
    ],
    [
      "a folder for a certificate that is not asked for",
      () => ({ kubeconfig, certDir: folder }),
      /^--cert-dir is where the certificates are kept that .*: give one of these too\.$/,
    ],
    ["a file that is not there", () => ({ bootstrapKubeconfig: join(folder, "none") }), /\/none/],
  ])("cannot be %s", async (_, config, message) => {
    const connecting = connectionOf(config());
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toBeInstanceOf(UsageError);
  });
});
