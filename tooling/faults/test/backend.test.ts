import { expect } from "vitest";
import { resources } from "@virtual-kubelet/kubernetes";
import { Bench, until } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";

scenario(
  "37 half of all calls to the backend fail",
  {
    expected: "Every pod is started once; nothing is given up.",
    guard: {
      file: "packages/controllers/src/queue/work-queue.ts",
      from: "    else this.#schedule(key, entry, delayMs);",
      to: "    else this.#entries.delete(key);",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await it.backend.setFaults([{ verb: "any", kind: "error", status: 500, share: 0.5 }]);
    for (let index = 0; index < 20; index++) await it.createPod(`pod-${index}`);
    await it.untilTrue(30_000);
    await it.backend.setFaults([]);
    await until(async () => (await it.pods()).every(({ status }) => status?.phase === "Running"), {
      what: "all Running",
    });
    expect(it.backend.count("started")).toBe(20);
    saw(`20 pods, ${it.backend.count("created")} creations obeyed, none twice`);
  },
);

scenario(
  "46 the backend reports a pod of another life",
  {
    expected:
      "It is stopped as an orphan, once the cluster has said twice that it does not know it; the namesake lives on.",
    guard: {
      file: "packages/controllers/src/pods/backend/orphaned-pods.ts",
      from: "    return items.some(({ metadata }) => metadata.uid === uid);",
      to: "    return items.length > 0;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const first = await it.startNode();
    const old = await it.createPod("web");
    await it.untilPhase("web", "Running");
    await first[Symbol.asyncDispose]();
    await it.client.delete(resources.pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
    const young = await it.createPod("web");
    await it.startNode();
    await it.untilTrue();
    expect([...it.backend.live]).toEqual([young.metadata.uid]);
    expect(young.metadata.uid).not.toBe(old.metadata.uid);
    saw("the old UID was stopped, the new one runs");
  },
);
