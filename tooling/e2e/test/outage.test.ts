import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { expect } from "vitest";
import { breakable, runsOf } from "../src/suite/breakable.ts";
import { forEver, pod, workload } from "../src/suite/manifests.ts";
import { controlPlaneCase } from "../src/suite/scenario.ts";

controlPlaneCase(
  "a rollout goes on when the API server is killed in its middle, and no running container restarts",
  async (release) => {
    await using belongings = new Belongings();
    const { cluster, it } = await breakable(release, belongings);
    await it.apply(workload("Deployment", { name: "before", replicas: 4 }));
    await it.succeed("rollout", "status", "deployment/before", "--timeout=60s");
    const before = runsOf(await it.pods("app=before"));

    await it.apply(workload("Deployment", { name: "during", replicas: 8, script: "sleep 1; exec sleep 1000000" }));
    await it.until(
      async () => (await it.pods("app=during")).some(({ status }) => status?.phase === "Running"),
      "the middle",
    );
    await cluster.apiServer.kill();
    await expect(it.succeed("get", "pods")).rejects.toThrow(/refused/);
    await cluster.apiServer.start();

    await it.succeed("rollout", "status", "deployment/during", "--timeout=90s");
    const after = await it.pods();
    expect(after).toHaveLength(12);
    expect(
      after.flatMap(({ status }) => status?.containerStatuses?.map(({ restartCount }) => restartCount) ?? []),
    ).toEqual(Array.from({ length: 12 }, () => 0));
    expect(runsOf(await it.pods("app=before"))).toEqual(before);
  },
);

controlPlaneCase("what ends while the API server is away, or etcd hangs, is known when it is back", async (release) => {
  await using belongings = new Belongings();
  const { cluster, it } = await breakable(release, belongings);
  const flag = join(it.stage.folder, "flag");
  const script = `while ! [ -e ${flag} ]; do sleep 0.1; done; exit 5`;
  await it.apply(pod("ends", script, { restartPolicy: "Never" }), pod("stays", forEver));
  await it.untilRunning("ends");
  const stays = runsOf([await it.untilRunning("stays")]);

  await cluster.apiServer.kill();
  writeFileSync(flag, "");
  await cluster.apiServer.start();
  await cluster.compactEtcd();
  const ended = await it.untilPod("ends", ({ status }) => status?.phase === "Failed", "Failed");
  expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);

  cluster.etcd.pause();
  const during = it.kubectl("delete", "pod", "ends", "--wait=false", "--request-timeout=60s");
  await setTimeout(5_000);
  cluster.etcd.resume();
  expect((await during).code).toBe(0);
  await it.untilGone(ended);
  expect(runsOf([await it.pod("stays")])).toEqual(stays);
});
