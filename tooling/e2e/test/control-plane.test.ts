import { readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { type ControlPlane, startControlPlane } from "@virtual-kubelet/control-plane";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { controlPlaneCase } from "../src/suite/scenario.ts";

controlPlaneCase(
  "a control plane can be stopped, killed and paused in parts, and comes back with what it had",
  async (release, { address }) => {
    await using cluster = await startControlPlane({ version: release, address });
    await using client = new KubernetesClient({ connection: cluster.admin });
    const { gitVersion } = await client.request<{ gitVersion: string }>({ method: "GET", path: "/version" });
    expect(gitVersion).toBe(`v${release}`);
    expect(cluster.running.map(({ name }) => name)).toEqual([
      "etcd",
      "kube-apiserver",
      "kube-scheduler",
      "kube-controller-manager",
    ]);
    const { metadata } = await client.create(resources.configMaps, {
      metadata: { namespace: "default", name: "kept" },
    });

    await cluster.apiServer.kill();
    expect(cluster.running.map(({ name }) => name)).not.toContain("kube-apiserver");
    await cluster.etcd.stop();
    await cluster.start();
    const kept = await client.get(resources.configMaps, { namespace: "default", name: "kept" });
    expect(kept.metadata.uid).toBe(metadata.uid);

    cluster.apiServer.pause();
    await expect(client.list(resources.namespaces, { timeoutMs: 1_000 })).rejects.toThrow(/1000 ms|1 s/);
    cluster.apiServer.resume();
    expect((await client.list(resources.namespaces)).items).not.toEqual([]);

    const page = await client.list(resources.namespaces, { limit: 1 });
    await client.create(resources.configMaps, { metadata: { namespace: "default", name: "later" } });
    await cluster.compactEtcd();
    // What its cache holds, an API server goes on to serve.
    await cluster.apiServer.kill();
    await cluster.apiServer.start();
    const rest = client.list(resources.namespaces, { limit: 1, continue: page.metadata.continue });
    await expect(rest).rejects.toMatchObject({ reason: "Expired" });
    const asked = (await cluster.auditEvents()).map(({ user, verb, objectRef }) => [
      user.username,
      verb,
      objectRef?.name,
    ]);
    expect(asked).toContainEqual(["admin", "create", "kept"]);
  },
);

controlPlaneCase("a control plane's certificates can be changed while it runs", async (release, { address }) => {
  await using cluster = await startControlPlane({ version: release, address });
  const list = async (of: ControlPlane): Promise<number> => {
    await using client = new KubernetesClient({ connection: of.admin });
    return (await client.list(resources.namespaces)).items.length;
  };
  const authorities = (): number => readFileSync(cluster.authoritiesFile, "utf8").split("BEGIN").length - 1;
  const { pid } = cluster.controllerManager;
  await cluster.rotateServingCertificate({ authority: "same" });
  expect(await list(cluster)).toBeGreaterThan(0);
  expect([authorities(), cluster.controllerManager.pid]).toEqual([1, pid]);
  const before = new X509Certificate(readFileSync(cluster.authoritiesFile)).fingerprint256;
  await cluster.rotateServingCertificate({ authority: "new" });
  expect(authorities()).toBe(2);
  expect(cluster.controllerManager.pid).not.toBe(pid);
  cluster.forgetOldAuthorities();
  expect(authorities()).toBe(1);
  expect(new X509Certificate(readFileSync(cluster.authoritiesFile)).fingerprint256).not.toBe(before);
  expect(await list(cluster)).toBeGreaterThan(0);
});
