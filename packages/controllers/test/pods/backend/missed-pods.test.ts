import { silentLogger } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { NodeHealth } from "../../../src/node/node-health.ts";
import { MissedPods } from "../../../src/pods/backend/missed-pods.ts";
import type { PodRecord } from "../../../src/pods/pod-record.ts";
import { podOf, recordOf, stateOf } from "../../pod-builder.ts";

const running = { type: "present", state: stateOf("Running") } as const;

function add(records: Map<string, PodRecord>, kind: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const ref = { namespace: "default", name: `${kind}${index}`, uid: `${kind}${index}` };
    records.set(ref.uid, recordOf({ ref, pod: podOf(), observed: running }));
  }
}

test("an implausible list stays one when pods are added meanwhile that it has", () => {
  const records = new Map<string, PodRecord>();
  const health = new NodeHealth();
  const missed = new MissedPods({
    records,
    health,
    logger: silentLogger,
    apartMs: 0,
    isPolled: true,
    list: async () => {},
    look: () => {},
    changed: () => {},
  });
  missed.clusterListed();
  add(records, "old", 12);
  missed.take({ uids: new Set(), begunAtMs: performance.now() });
  expect([...records.values()].filter(({ missedSinceMs }) => missedSinceMs !== undefined)).toEqual([]);
  // The scheduler goes on giving pods to the node, which is Ready.
  add(records, "new", 12);
  const uids = new Set([...records.keys()].filter((uid) => uid.startsWith("new")));
  missed.take({ uids, begunAtMs: performance.now() });
  expect(health.verdicts().find(({ type }) => type === "PodsDisappeared")?.status).toBe("True");
  expect([...records.values()].filter(({ missedSinceMs }) => missedSinceMs !== undefined)).toEqual([]);
});
