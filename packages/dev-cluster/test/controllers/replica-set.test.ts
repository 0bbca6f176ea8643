import { type LabelSelector, type Pod, type ReplicaSet, selects } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { claimsOf } from "../../src/controllers/workloads/claim.ts";
import { replicaSetPlan, replicaSetStatus } from "../../src/controllers/workloads/replica-sets/replica-set-plan.ts";
import { templateHash } from "../../src/controllers/workloads/deployments/template-hash.ts";

const nowMs = Date.parse("2030-01-01T00:00:10Z");

interface Shape {
  readonly node?: string;
  readonly phase?: string;
  readonly readyAt?: string;
  readonly cost?: string;
  readonly created?: string;
  readonly restarts?: number;
  readonly deleting?: boolean;
}

const pod = (name: string, shape: Shape = {}): Pod => ({
  metadata: {
    name,
    namespace: "default",
    uid: name,
    creationTimestamp: shape.created ?? "2030-01-01T00:00:00Z",
    ...(shape.cost ? { annotations: { "controller.kubernetes.io/pod-deletion-cost": shape.cost } } : {}),
    ...(shape.deleting ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
  },
  spec: { containers: [], ...(shape.node === "" ? {} : { nodeName: "n" }) },
  status: {
    phase: shape.phase ?? "Running",
    ...(shape.readyAt ? { conditions: [{ type: "Ready", status: "True", lastTransitionTime: shape.readyAt }] } : {}),
    containerStatuses: [{ name: "app", image: "", imageID: "", ready: true, restartCount: shape.restarts ?? 0 }],
  },
});

const replicaSet = (replicas: number, spec: Partial<ReplicaSet["spec"]> = {}): ReplicaSet => ({
  metadata: { name: "web", namespace: "default", uid: "web", generation: 3 },
  spec: { replicas, selector: {}, ...spec },
});

const early = "2030-01-01T00:00:01Z";
const late = "2030-01-01T00:00:05Z";

test.each<[what: string, first: Pod, second: Pod]>([
  ["a pod without a node", pod("first", { node: "" }), pod("second", { phase: "Pending" })],
  ["a waiting pod", pod("first", { phase: "Pending" }), pod("second")],
  ["a pod that is not ready", pod("first"), pod("second", { readyAt: early })],
  ["a cheap pod", pod("first", { readyAt: early, cost: "-1" }), pod("second", { readyAt: late })],
  ["a pod that became ready last", pod("first", { readyAt: late }), pod("second", { readyAt: early, restarts: 3 })],
  ["a pod that restarts", pod("first", { restarts: 2 }), pod("second", { created: late })],
  ["the newest pod", pod("first", { created: late }), pod("second")],
])("a ReplicaSet with too many pods deletes %s before another", (_what, first, second) => {
  expect(replicaSetPlan(replicaSet(1), [second, first]).remove).toEqual([first]);
  expect(replicaSetPlan(replicaSet(1), [first, second]).remove).toEqual([first]);
});

test("a ReplicaSet replaces pods that have ended or are being deleted, unless it is being deleted itself", () => {
  const pods = [pod("a"), pod("b", { phase: "Failed" }), pod("c", { deleting: true })];
  expect(replicaSetPlan(replicaSet(3), pods)).toEqual({ create: 2, remove: [] });
  const { metadata, ...others } = replicaSet(3);
  const ending = { ...others, metadata: { ...metadata, deletionTimestamp: early } };
  expect(replicaSetPlan(ending, pods)).toEqual({ create: 0, remove: [] });
});

test("a ReplicaSet with as many pods as it should have does not put them in order, which takes its time", () => {
  const { metadata, ...rest } = pod("a");
  const untouched = Object.defineProperty({ ...metadata }, "annotations", {
    get: () => expect.unreachable("nobody needs to know what this pod costs"),
  });
  const pods = [{ ...rest, metadata: untouched }, pod("b")];
  expect(replicaSetPlan(replicaSet(2), pods)).toEqual({ create: 0, remove: [] });
});

test("a ReplicaSet of a million creates 500 pods at a time", () => {
  expect(replicaSetPlan(replicaSet(1_000_000), [])).toEqual({ create: 500, remove: [] });
});

test("a ready pod is available after minReadySeconds, and the status says when to look again", () => {
  const pods = [pod("a", { readyAt: early }), pod("b", { readyAt: late }), pod("c"), pod("d", { deleting: true })];
  expect(replicaSetStatus(replicaSet(3, { minReadySeconds: 8 }), pods, nowMs)).toMatchObject({
    status: { replicas: 3, readyReplicas: 2, availableReplicas: 1, terminatingReplicas: 1, observedGeneration: 3 },
    recheckMs: 3000,
  });
  const { status, recheckMs } = replicaSetStatus(replicaSet(3), pods, nowMs);
  expect([status.availableReplicas, recheckMs]).toEqual([2, undefined]);
});

test("what is selected and nobody's is adopted, what is owned and no longer selected is let go", () => {
  const object = (name: string, app: string, owner?: string): Pod => {
    const { metadata, ...others } = pod(name);
    const reference = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "x", uid: owner ?? "", controller: true };
    const owners = owner ? { ownerReferences: [reference] } : {};
    return { ...others, metadata: { ...metadata, labels: { app }, ...owners } };
  };
  const objects = [
    object("own", "web", "web"),
    object("free", "web"),
    object("other", "web", "x"),
    object("left", "db", "web"),
  ];
  const claims = claimsOf(replicaSet(1), { matchLabels: { app: "web" } }, objects);
  const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);
  expect([claims.owned, claims.adopt, claims.release].map(names)).toEqual([["own"], ["free"], ["left"]]);
});

describe("a selector", () => {
  const labels = { app: "web", tier: "front" };
  test.each<[selector: LabelSelector | undefined, selected: boolean]>([
    [undefined, false],
    [{}, true],
    [{ matchLabels: { app: "web" } }, true],
    [{ matchLabels: { app: "db" } }, false],
    [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "db"] }] }, true],
    [{ matchExpressions: [{ key: "none", operator: "In", values: ["web"] }] }, false],
    [{ matchExpressions: [{ key: "none", operator: "NotIn", values: ["web"] }] }, true],
    [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    [{ matchExpressions: [{ key: "toString", operator: "Exists" }] }, false],
    [{ matchExpressions: [{ key: "tier", operator: "Unheard" }] }, false],
  ])("%j: %s", (selector, selected) => {
    expect(selects(selector, labels)).toBe(selected);
  });
});

test("templates that mean the same have the same hash, whatever the order of their fields and what is empty", () => {
  const one = { metadata: { labels: { a: "1", b: "2" } }, spec: { containers: [{ name: "x", image: "y" }] } };
  const container = { image: "y", name: "x", resources: {}, command: [] };
  const same = {
    spec: { containers: [container] },
    metadata: { labels: { b: "2", a: "1" }, creationTimestamp: null as never },
  };
  const other = { ...one, spec: { containers: [{ name: "x", image: "z" }] } };
  expect(templateHash(one)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  expect(templateHash(one)).toBe(templateHash(same));
  expect(templateHash(one)).not.toBe(templateHash(other));
});
