import {
  type Node,
  type NodeCondition,
  type Pod,
  type Taint,
  type Toleration,
  tolerates,
} from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { desiredTaints } from "../../src/controllers/nodes/condition-taints.ts";
import { heartbeatOf, unknownConditions } from "../../src/controllers/nodes/node-health.ts";
import { evictionTime } from "../../src/controllers/nodes/taint-eviction.ts";

const node = (conditions: readonly NodeCondition[], spec: Node["spec"] = {}): Node => ({
  metadata: { name: "n", uid: "n" },
  spec,
  status: { conditions },
});

const ready = (status: string): NodeCondition => ({ type: "Ready", status });

describe("the taints of a node", () => {
  const foreign = { key: "example.com/k", effect: "NoExecute" };
  test.each<[what: string, node: Node, expected: readonly string[]]>([
    ["none when it is well", node([ready("True")]), []],
    ["when it is not ready", node([ready("False")]), ["not-ready:NoSchedule", "not-ready:NoExecute"]],
    ["when nothing is heard of it", node([ready("Unknown")]), ["unreachable:NoSchedule", "unreachable:NoExecute"]],
    ["when it never reported", node([]), ["not-ready:NoSchedule"]],
    [
      "when it has pressure",
      node([ready("True"), { type: "DiskPressure", status: "True" }]),
      ["disk-pressure:NoSchedule"],
    ],
    [
      "when it is out of reach",
      node([ready("True"), { type: "NetworkUnavailable", status: "True" }]),
      ["network-unavailable:NoSchedule"],
    ],
    ["when it is cordoned", node([ready("True")], { unschedulable: true }), ["unschedulable:NoSchedule"]],
    [
      "of others stay",
      node([ready("True")], { taints: [foreign, { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] }),
      ["example.com/k:NoExecute"],
    ],
  ])("%s", (_what, of, expected) => {
    const taints = desiredTaints(of, "now").map(
      ({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`,
    );
    expect(taints).toEqual(expected);
  });

  test("keep the time since when they are there", () => {
    const since = { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "before" };
    const taints = desiredTaints(node([ready("Unknown")], { taints: [since] }), "now");
    expect(taints.map(({ timeAdded }) => timeAdded)).toEqual(["before", "now"]);
  });
});

test("a node is alive when its lease or its report moves, by the clock of the one who looks", () => {
  const lease = (renewTime: string) => ({ metadata: { name: "n", namespace: "l", uid: "l" }, spec: { renewTime } });
  const silent = node([ready("True")]);
  const first = heartbeatOf(silent, lease("a"), { previous: undefined, nowMs: 1 });
  expect(heartbeatOf(silent, lease("a"), { previous: first, nowMs: 5 })).toEqual(first);
  expect(heartbeatOf(silent, lease("b"), { previous: first, nowMs: 5 })).toMatchObject({ seenAtMs: 5 });
  const reporting = node([{ ...ready("True"), lastHeartbeatTime: "x" }]);
  expect(heartbeatOf(reporting, lease("a"), { previous: first, nowMs: 5 })).toMatchObject({ seenAtMs: 5 });
  const again = { ...silent, metadata: { name: "n", uid: "another" } };
  expect(heartbeatOf(again, lease("a"), { previous: first, nowMs: 5 })).toMatchObject({ seenAtMs: 5 });
  expect(heartbeatOf(silent, undefined, { previous: first, nowMs: 5 }).seenAtMs).toBe(1);
  const lost = heartbeatOf(node([ready("Unknown")]), lease("a"), { previous: first, nowMs: 5 });
  expect(lost.seenAtMs).toBe(1);
  expect(heartbeatOf(silent, lease("a"), { previous: lost, nowMs: 9 }).seenAtMs).toBe(9);
});

test("of a silent node everything is unknown but what others report", () => {
  const network = { type: "NetworkUnavailable", status: "False" };
  const conditions = unknownConditions(node([ready("True"), network]), "now");
  expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ["Ready", "Unknown", "NodeStatusUnknown"],
    ["NetworkUnavailable", "False", undefined],
    ["MemoryPressure", "Unknown", "NodeStatusNeverUpdated"],
    ["DiskPressure", "Unknown", "NodeStatusNeverUpdated"],
    ["PIDPressure", "Unknown", "NodeStatusNeverUpdated"],
  ]);
  expect(unknownConditions(node(conditions), "later")).toEqual(conditions);
});

describe("a toleration", () => {
  const taint = { key: "k", value: "v", effect: "NoExecute" };
  test.each<[toleration: Toleration, covers: boolean]>([
    [{ operator: "Exists" }, true],
    [{ key: "k", operator: "Exists" }, true],
    [{ key: "k", operator: "Equal", value: "v" }, true],
    [{ key: "k", value: "v", effect: "NoExecute" }, true],
    [{ key: "k", value: "w" }, false],
    [{ key: "k", value: "v", effect: "NoSchedule" }, false],
    [{ key: "j", operator: "Exists" }, false],
  ])("%j covers the taint: %s", (toleration, covers) => {
    expect(tolerates(toleration, taint)).toBe(covers);
  });

  const pod = (...tolerations: Toleration[]): Pod => ({
    metadata: { name: "p", namespace: "default", uid: "p" },
    spec: { containers: [], tolerations },
  });
  const since = (...times: number[]): ReadonlyMap<Taint, number> =>
    new Map(times.map((time, index) => [{ key: `k${index}`, effect: "NoExecute" }, time]));

  test.each<[what: string, pod: Pod, since: ReadonlyMap<Taint, number>, expected: number | undefined]>([
    ["without one a pod leaves at once", pod(), since(7), 7],
    ["for ever lets it stay", pod({ operator: "Exists" }), since(7), undefined],
    ["for some time lets it stay so long", pod({ operator: "Exists", tolerationSeconds: 300 }), since(7), 300_007],
    [
      "the shortest counts",
      pod({ operator: "Exists", tolerationSeconds: 300 }, { key: "k0", operator: "Exists", tolerationSeconds: 1 }),
      since(7),
      1007,
    ],
    ["all taints must be tolerated", pod({ key: "k0", operator: "Exists" }), since(7, 9), 9],
    ["a negative time is none", pod({ operator: "Exists", tolerationSeconds: -5 }), since(7), 7],
  ])("%s", (...[_what, of, taints, expected]) => {
    expect(evictionTime(of, taints)).toBe(expected);
  });
});
