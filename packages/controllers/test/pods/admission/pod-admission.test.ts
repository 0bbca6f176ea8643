import type { Node, PodSpec } from "@virtual-kubelet/kubernetes";
import type { PodEventRecord } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { PodAdmission, type PodAdmissionOptions } from "../../../src/pods/admission/pod-admission.ts";
import { revisionOf } from "../../../src/pods/pod-revision.ts";
import { podOf, recordOf, stateOf } from "../../pod-builder.ts";

const node: Node = {
  metadata: { name: "edge", uid: "node-1" },
  spec: {},
  status: { allocatable: { cpu: "2", pods: "10" } },
};

const asking = (cpu: string): Partial<PodSpec> => ({
  containers: [{ name: "main", image: "app:1", resources: { requests: { cpu } } }],
});

function desk(options: Partial<PodAdmissionOptions> = {}) {
  const told: PodEventRecord[] = [];
  const events = { recordEvent: (_: unknown, event: PodEventRecord) => void told.push(event) };
  return { admission: new PodAdmission({ features: undefined, events, node: () => node, ...options }), told };
}

const fresh = (uid: string, spec: Partial<PodSpec>, metadata: object = {}) =>
  recordOf({
    ref: { namespace: "default", name: uid, uid },
    pod: podOf({ metadata: { uid, ...metadata }, spec }),
    admitted: false,
  });

test("a pod that is refused is refused once, with one event, however often it is looked at", () => {
  const { admission, told } = desk();
  const first = fresh("first", asking("1"));
  const second = fresh("second", asking("1500m"));
  admission.decide(first);
  admission.decide(second);
  const { refusal } = second;
  expect(first.admitted).toBe(true);
  expect(refusal).toMatchObject({ reason: "OutOfcpu", isFinal: false });
  admission.decide(second);
  expect(second.refusal).toBe(refusal);
  expect(told).toHaveLength(1);
  expect([...admission.turnedAway]).toEqual(["second"]);
  expect(admission.leave(first)).toBe(true);
  admission.decide(second);
  expect(second).toMatchObject({ admitted: true });
  expect(second.refusal).toBeUndefined();
  expect([...admission.turnedAway]).toEqual([]);
});

test("a pod that waited in vain takes nothing of the node when it is deleted", () => {
  const { admission } = desk();
  const big = fresh("big", asking("100"));
  admission.decide(big);
  expect(big.refusal?.reason).toBe("OutOfcpu");
  big.pod = podOf({ metadata: { uid: "big", deletionTimestamp: "2026-01-01T00:00:00Z" }, spec: asking("100") });
  admission.decide(big);
  admission.count(big);
  expect(admission.room.pods).toBe(0);
  expect([...admission.turnedAway]).toEqual([]);
});

test("a resize takes more of the node only when the provider has made it", () => {
  const { admission } = desk();
  const record = fresh("steady", asking("1"));
  admission.decide(record);
  record.observed = { type: "present", state: stateOf("Running", { revision: revisionOf(record) }) };
  record.pod = podOf({ metadata: { uid: "steady" }, spec: asking("100") });
  admission.count(record);
  expect(admission.room.used.get("cpu")).toBe(1_000n);
  record.observed = { type: "present", state: stateOf("Running", { revision: revisionOf(record) }) };
  admission.count(record);
  expect(admission.room.used.get("cpu")).toBe(100_000n);
});

test("a pod that was refused for good is let in all the same when it turns out to run", () => {
  const features = [{ field: "x", support: "refused", reason: "no", asks: () => true }] as const;
  const { admission } = desk({ features });
  const record = fresh("runs", asking("1"));
  admission.decide(record);
  expect(record.refusal).toMatchObject({ reason: "Unsupported", isFinal: true });
  record.observed = { type: "present", state: stateOf("Running") };
  admission.decide(record);
  expect(record.admitted).toBe(true);
  expect(admission.room.pods).toBe(1);
});

test("no pod is let in before the node is shown, and each is looked at again then", () => {
  const shown: Node[] = [];
  const { admission } = desk({ node: () => shown[0] });
  const early = fresh("early", asking("1"));
  admission.decide(early);
  expect(early).toMatchObject({ admitted: false });
  expect([...admission.turnedAway]).toEqual(["early"]);
  shown.push(node);
  admission.decide(early);
  expect(early).toMatchObject({ admitted: true });
});
