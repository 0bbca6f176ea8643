import { KubernetesError } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { OwnLabels, refusedLabels } from "../../src/node/own-labels.ts";

const forbidden = (message: string) =>
  new KubernetesError("Forbidden", `POST /api/v1/nodes: 403 Forbidden: ${message}`);

describe("labels that the API server does not let a node set", () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      "at registration",
      forbidden(
        'nodes "n" is forbidden: node "n" is not allowed to set the following labels: a.k8s.io/x, kubernetes.io/role',
      ),
      ["a.k8s.io/x", "kubernetes.io/role"],
    ],
    [
      "later",
      forbidden('nodes "n" is forbidden: is not allowed to modify labels: kubernetes.io/role'),
      ["kubernetes.io/role"],
    ],
    ["but not taints", forbidden('nodes "n" is forbidden: node "n" is not allowed to modify taints'), []],
    ["but not all that is forbidden", forbidden('nodes is forbidden: User "u" cannot create resource "nodes"'), []],
    ["but not other failures", new Error("is not allowed to modify labels: x"), []],
  ])("are read from its answer %s", (_, error, labels) => {
    expect(refusedLabels(error)).toEqual(labels);
  });

  test("are left out from then on, and who may set them is told how", async () => {
    const said: string[] = [];
    const warn = (_: object | string, message?: string) => void said.push(message ?? "");
    const labels = new OwnLabels({ name: "n", logger: { ...silentLogger, warn } });
    const written: object[] = [];
    const write = async (some: Readonly<Record<string, string>>) => {
      written.push(some);
      if ("kubernetes.io/role" in some) throw forbidden("is not allowed to modify labels: kubernetes.io/role");
    };
    await labels.write({ zone: "a", "kubernetes.io/role": "agent" }, write);
    await labels.write({ zone: "b", "kubernetes.io/role": "agent" }, write);
    expect(written).toEqual([{ zone: "a", "kubernetes.io/role": "agent" }, { zone: "a" }, { zone: "b" }]);
    expect(said).toEqual([
      "a node may not set these labels on itself; somebody else may: kubectl label node n kubernetes.io/role=agent",
    ]);
  });

  test("that were not among those written are no reason to try again", async () => {
    const labels = new OwnLabels({ name: "n", logger: silentLogger });
    const error = forbidden("is not allowed to modify labels: somebody.k8s.io/else");
    await expect(labels.write({ zone: "a" }, () => Promise.reject(error))).rejects.toBe(error);
  });
});
