import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { apiServerForPods } from "../../src/config/api-server-for-pods.ts";

async function fileWith(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "agent-ca-"));
  const path = join(folder, "ca.pem");
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test("pods reach the API server where its Service says, unless an address is given", async () => {
  expect(await apiServerForPods({})).toBeUndefined();
  expect(await apiServerForPods({ apiServerForPods: "[fd00::1]:6443" })).toEqual({ host: "fd00::1", port: 6443 });
});

test("they are told whose certificate it has, and are given no key that is in the same file", async () => {
  const [first, second] = ["a", "b"].map((commonName) => issueCertificate({ commonName, certificateAuthority: true }));
  const certificates = [first, second].map((pair) => `${pair?.certificate.trim()}\n`).join("");
  await using file = await fileWith(`# Ours\n${first?.key}\n${certificates}`);
  const config = { apiServerForPods: "api.example:443", apiServerForPodsCaFile: file.path };
  expect(await apiServerForPods(config)).toEqual({
    host: "api.example",
    port: 443,
    certificateAuthority: certificates,
  });
});

test("what cannot be is said by the flag's name", async () => {
  await using file = await fileWith("no PEM");
  const apiServerForPodsCaFile = file.path;
  await expect(apiServerForPods({ apiServerForPodsCaFile })).rejects.toThrow("give that too");
  await expect(apiServerForPods({ apiServerForPods: "a:1", apiServerForPodsCaFile })).rejects.toThrow(
    "--api-server-for-pods-ca-file: ",
  );
});
