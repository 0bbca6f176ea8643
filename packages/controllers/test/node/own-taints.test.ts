import { KubernetesError, type Node, type Taint } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { OwnTaints, withOwnTaints } from "../../src/node/own-taints.ts";

const ours: Taint = { key: "virtual-kubelet.io/provider", value: "mock", effect: "NoSchedule" };
const theirs: Taint = { key: "maintenance", effect: "NoExecute" };
const nodeWith = (...taints: readonly Taint[]): Node => ({ metadata: { name: "n", uid: "u" }, spec: { taints } });

describe("withOwnTaints", () => {
  test.each<[string, readonly Taint[], readonly Taint[] | undefined]>([
    ["that are there already are left", [theirs, ours], undefined],
    ["that are missing are added to those of others", [theirs], [theirs, ours]],
    ["are one by key and effect: another value is replaced", [{ ...ours, value: "old" }], [ours]],
    ["with another effect are of others", [{ ...ours, effect: "NoExecute" }], [{ ...ours, effect: "NoExecute" }, ours]],
  ])("taints %s", (_, shown, wanted) => {
    expect(withOwnTaints(shown, [ours])).toEqual(wanted);
  });
});

describe("taints of ours on a node that is there already", () => {
  test("are added once: who takes one away later means it", async () => {
    const written: (readonly Taint[])[] = [];
    const taints = new OwnTaints({ name: "n", logger: silentLogger });
    const write = async (all: readonly Taint[]) => void written.push(all);
    await taints.reconcile(nodeWith(theirs), [ours], write);
    await taints.reconcile(nodeWith(theirs), [ours], write);
    expect(written).toEqual([[theirs, ours]]);
  });

  test("that the node may not set are left to others, who are told once how", async () => {
    const said: string[] = [];
    const warn = (_: object | string, message?: string) => void said.push(message ?? "");
    const taints = new OwnTaints({ name: "n", logger: { ...silentLogger, warn } });
    const message = 'nodes "n" is forbidden: node "n" is not allowed to modify taints';
    const refuse = () => Promise.reject(new KubernetesError("Forbidden", message));
    await taints.reconcile(nodeWith(), [ours], refuse);
    await taints.reconcile(nodeWith(), [ours], refuse);
    expect(said).toEqual([
      "a node may not set its taints once it is registered; somebody else may: kubectl taint node n virtual-kubelet.io/provider=mock:NoSchedule --overwrite",
    ]);
  });

  test("are tried again after any other failure", async () => {
    const taints = new OwnTaints({ name: "n", logger: silentLogger });
    const conflict = new KubernetesError("Conflict", "the object has been modified");
    await expect(taints.reconcile(nodeWith(), [ours], () => Promise.reject(conflict))).rejects.toBe(conflict);
    const written: (readonly Taint[])[] = [];
    await taints.reconcile(nodeWith(), [ours], async (all) => void written.push(all));
    expect(written).toEqual([[ours]]);
  });
});
