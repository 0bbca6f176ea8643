import type { Deployment, DeploymentSpec, ReplicaSet } from "@virtual-kubelet/kubernetes";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deploymentStatus } from "../../src/controllers/workloads/deployments/deployment-status.ts";
import { expiredRevisions, sizeAnnotations } from "../../src/controllers/workloads/deployments/revisions.ts";
import { type RolloutState, mayCreate, rolloutOf } from "../../src/controllers/workloads/deployments/rollout.ts";
import { rolloutBounds } from "../../src/controllers/workloads/deployments/rollout-bounds.ts";

const deployment = (replicas: number, spec: Partial<DeploymentSpec> = {}): Deployment => ({
  metadata: { name: "web", namespace: "default", uid: "d", generation: 2 },
  spec: { replicas, selector: {}, template: {}, ...spec },
});

const rolling = (maxSurge: number | string, maxUnavailable: number | string): Partial<DeploymentSpec> => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

const recreate: Partial<DeploymentSpec> = { strategy: { type: "Recreate" } };

/** A ReplicaSet of `size`, of which `available` are; annotated for a deployment of `sizedFor`. */
const set = (name: string, size: number, options: { available?: number; sizedFor?: Deployment } = {}): ReplicaSet => ({
  metadata: {
    name,
    namespace: "default",
    uid: name,
    ...(options.sizedFor ? { annotations: sizeAnnotations(options.sizedFor) } : {}),
  },
  spec: { replicas: size, selector: {} },
  status: { replicas: size, availableReplicas: options.available ?? size },
});

const steps = (of: Deployment, state: Partial<RolloutState>): Record<string, number> =>
  Object.fromEntries(
    rolloutOf(of, { current: undefined, old: [], oldPodsRun: false, ...state }).map(({ replicaSet, replicas }) => [
      replicaSet.metadata.name,
      replicas,
    ]),
  );

describe("a rolling update", () => {
  const one = deployment(4, rolling(1, 1));
  const sized = (name: string, size: number, available = size) => set(name, size, { available, sizedFor: one });
  test.each<[what: string, state: Partial<RolloutState>, expected: Record<string, number>]>([
    ["fills the only ReplicaSet", { current: sized("new", 0) }, { new: 4 }],
    ["has nothing to do when it is full", { current: sized("new", 4) }, {}],
    ["grows the new one by the surge", { current: sized("new", 0), old: [sized("old", 4)] }, { new: 1 }],
    [
      "then shrinks the old one as far as availability allows",
      { current: sized("new", 1, 0), old: [sized("old", 4)] },
      { old: 3 },
    ],
    ["waits when nothing can be spared", { current: sized("new", 2, 0), old: [sized("old", 3)] }, {}],
    [
      "first takes what is not available",
      { current: sized("new", 1, 0), old: [sized("older", 2), sized("old", 2, 1)] },
      { old: 1 },
    ],
    [
      "keeps even what is not available while the new is not",
      { current: sized("new", 2, 0), old: [sized("old", 3, 2)] },
      {},
    ],
    ["takes the oldest first", { current: sized("new", 1), old: [sized("older", 2), sized("old", 2)] }, { older: 0 }],
    ["ends with the old ones empty", { current: sized("new", 4), old: [sized("old", 1)] }, { old: 0 }],
    ["shrinks a new one that is too large", { current: set("new", 6, { sizedFor: one }) }, { new: 4 }],
  ])("%s", (_what, state, expected) => {
    expect(steps(one, state)).toEqual(expected);
  });

  test.each([
    ["25%", "25%", 4, { maxSurge: 1, maxUnavailable: 1 }],
    ["25%", "25%", 3, { maxSurge: 1, maxUnavailable: 0 }],
    ["0%", "10%", 3, { maxSurge: 0, maxUnavailable: 1 }],
    [0, 0, 3, { maxSurge: 0, maxUnavailable: 1 }],
    [2, 9, 3, { maxSurge: 2, maxUnavailable: 3 }],
  ])("with surge %s and unavailable %s of %i", (...[surge, unavailable, replicas, expected]) => {
    expect(rolloutBounds(deployment(replicas, rolling(surge, unavailable)))).toEqual(expected);
  });

  test("keeps its bounds and comes to its end, whatever becomes ready when", () => {
    const bound = fc.oneof(
      fc.nat(4),
      fc.nat(100).map((share) => `${share}%`),
    );
    const scenario = fc.record({ replicas: fc.integer({ min: 1, max: 8 }), surge: bound, unavailable: bound });
    fc.assert(
      fc.property(scenario, fc.infiniteStream(fc.nat(1)), ({ replicas, surge, unavailable }, luck) => {
        const target = deployment(replicas, rolling(surge, unavailable));
        const { maxSurge, maxUnavailable } = rolloutBounds(target);
        const sizes: Record<"old" | "new", [number, number]> = { old: [replicas, replicas], new: [0, 0] };
        for (let round = 0; round < 200 && (sizes.new[1] < replicas || sizes.old[0] > 0); round += 1) {
          const seen = (name: "old" | "new") =>
            set(name, sizes[name][0], { available: sizes[name][1], sizedFor: target });
          for (const [name, size] of Object.entries(steps(target, { current: seen("new"), old: [seen("old")] }))) {
            const [had, available] = sizes[name as "old" | "new"];
            sizes[name as "old" | "new"] = [size, Math.max(0, Math.min(size, available - Math.max(0, had - size)))];
          }
          if (sizes.new[1] < sizes.new[0] && (luck.next().value === 1 || round % 5 === 0)) sizes.new[1] += 1;
          expect(sizes.new[0] + sizes.old[0]).toBeLessThanOrEqual(replicas + maxSurge);
          expect(sizes.new[1] + sizes.old[1]).toBeGreaterThanOrEqual(replicas - maxUnavailable);
        }
        expect(sizes).toEqual({ old: [0, 0], new: [replicas, replicas] });
      }),
      { numRuns: 200 },
    );
  });
});

describe("a change of size", () => {
  const before = deployment(10, rolling(3, 2));
  const sized = (name: string, size: number, available = size) => set(name, size, { available, sizedFor: before });

  test.each<[what: string, of: Deployment, state: Partial<RolloutState>, expected: Record<string, number>]>([
    [
      "goes to the only one",
      deployment(12, rolling(3, 2)),
      { current: sized("new", 10), old: [sized("old", 0)] },
      { new: 12 },
    ],
    [
      "goes to the old one before a rollout begins",
      deployment(5, rolling(3, 2)),
      { current: sized("new", 0), old: [sized("old", 10)] },
      { old: 5 },
    ],
    [
      "is shared in proportion",
      deployment(15, rolling(3, 2)),
      { current: sized("new", 5), old: [sized("old", 8)] },
      { old: 11, new: 7 },
    ],
    [
      "is shared when shrinking",
      deployment(5, rolling(3, 2)),
      { current: sized("new", 5), old: [sized("old", 8)] },
      { old: 5, new: 3 },
    ],
    [
      "to nothing empties all",
      deployment(0, rolling(3, 2)),
      { current: sized("new", 5), old: [sized("old", 8)] },
      { old: 0, new: 0 },
    ],
    ["happens while paused", deployment(4, { paused: true }), { old: [sized("old", 10)] }, { old: 4 }],
  ])("%s", (...[_what, of, state, expected]) => {
    expect(steps(of, state)).toEqual(expected);
  });
});

describe("Recreate", () => {
  const target = deployment(3, recreate);
  const sized = (name: string, size: number) => set(name, size, { sizedFor: target });

  test("empties the old, waits for the end of their pods, and only then creates and fills the new", () => {
    const running: RolloutState = { current: undefined, old: [sized("old", 3)], oldPodsRun: true };
    expect([steps(target, running), mayCreate(target, running)]).toEqual([{ old: 0 }, false]);
    const ending: RolloutState = { ...running, old: [sized("old", 0)] };
    expect([steps(target, ending), mayCreate(target, ending)]).toEqual([{}, false]);
    expect(steps(target, { ...ending, current: sized("new", 0) })).toEqual({});
    const ended: RolloutState = { ...ending, oldPodsRun: false };
    expect(mayCreate(target, ended)).toBe(true);
    expect(steps(target, { ...ended, current: sized("new", 0) })).toEqual({ new: 3 });
  });

  test("a paused Deployment creates nothing", () => {
    const state: RolloutState = { current: undefined, old: [], oldPodsRun: false };
    expect(mayCreate(deployment(1, { paused: true }), state)).toBe(false);
  });
});

describe("the status of a Deployment", () => {
  const atMs = Date.parse("2030-01-01T00:00:00Z");
  const look = (
    of: Deployment,
    current: ReplicaSet | undefined,
    call: { afterMs?: number; created?: boolean } = {},
  ) => {
    const options = { current, old: [], nowMs: atMs + (call.afterMs ?? 0), created: call.created ?? false };
    const { status, recheckMs } = deploymentStatus(of, options);
    const progress = status.conditions?.find(({ type }) => type === "Progressing");
    const available = status.conditions?.find(({ type }) => type === "Available");
    return { next: { ...of, status }, status, recheckMs, progress, available };
  };

  test("tells kubectl how the rollout goes", () => {
    const created = look(deployment(2), set("new", 2, { available: 0 }), { created: true });
    expect(created.progress).toMatchObject({ status: "True", reason: "NewReplicaSetCreated" });
    expect(created.available).toMatchObject({ status: "False", reason: "MinimumReplicasUnavailable" });
    expect(created.status).toMatchObject({ observedGeneration: 2, updatedReplicas: 2, unavailableReplicas: 2 });
    expect(created.recheckMs).toBe(600_000);
    const half = look(created.next, set("new", 2, { available: 1 }), { afterMs: 1000 });
    expect(half.progress).toMatchObject({ reason: "ReplicaSetUpdated", lastUpdateTime: "2030-01-01T00:00:01Z" });
    const whole = look(half.next, set("new", 2), { afterMs: 2000 });
    expect(whole.progress).toMatchObject({
      reason: "NewReplicaSetAvailable",
      message: 'ReplicaSet "new" has successfully progressed.',
      lastTransitionTime: "2030-01-01T00:00:00Z",
    });
    expect(whole.available).toMatchObject({ status: "True", reason: "MinimumReplicasAvailable" });
    expect(whole.recheckMs).toBeUndefined();
  });

  test("says that a rollout is stuck once its deadline has passed", () => {
    const target = deployment(1, { progressDeadlineSeconds: 10 });
    const current = set("new", 1, { available: 0 });
    const { next } = look(target, current, { created: true });
    expect(look(next, current, { afterMs: 9000 })).toMatchObject({ recheckMs: 1000, progress: { status: "True" } });
    expect(look(next, current, { afterMs: 10_000 })).toMatchObject({
      recheckMs: undefined,
      progress: { status: "False", reason: "ProgressDeadlineExceeded" },
    });
  });

  test("says when it is paused and resumed", () => {
    const { next } = look(deployment(1), set("new", 1), { created: true });
    const paused = look({ ...next, spec: { ...next.spec, paused: true } }, set("new", 1));
    expect(paused.progress).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    expect(look({ ...paused.next, spec: next.spec }, set("new", 1)).progress).toMatchObject({
      reason: "DeploymentResumed",
    });
  });
});

test("of the history only so many empty revisions are kept, the newest", () => {
  const old = [3, 1, 2, 4].map((revision) => {
    const { metadata, ...others } = set(`r${revision}`, revision === 2 ? 1 : 0);
    const annotations = { "deployment.kubernetes.io/revision": String(revision) };
    return { ...others, metadata: { ...metadata, annotations } };
  });
  const expired = expiredRevisions(deployment(1, { revisionHistoryLimit: 1 }), old);
  expect(expired.map(({ metadata }) => metadata.name)).toEqual(["r1", "r3"]);
});
