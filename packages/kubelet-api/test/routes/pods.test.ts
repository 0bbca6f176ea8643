import type { ObjectList, Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import type { PodState, Provider } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { bareProvider, podSource, web } from "../host-provider.ts";
import { Kubelet } from "../kubelet.ts";

describe("/pods", () => {
  it("lists what the cluster has given to the node", async () => {
    await using kubelet = await Kubelet.start();
    const answer = await kubelet.get("/pods");
    expect(JSON.parse(answer.body)).toEqual({ kind: "PodList", apiVersion: "v1", metadata: {}, items: [web] });
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  it("is an empty list, not null, when there is nothing", async () => {
    await using kubelet = await Kubelet.start({ pods: podSource() });
    expect((JSON.parse((await kubelet.get("/pods")).body) as ObjectList<Pod>).items).toEqual([]);
  });
});

describe("/runningpods", () => {
  const here: PodState = { namespace: "default", name: "web", uid: "uid-1", status: { phase: "Succeeded" } };
  const orphan: PodState = { namespace: "default", name: "web", uid: "uid-0" };

  it.each<[string, Provider["getPods"]]>([
    ["a list", () => [here, orphan]],
    ["a promise of one", async () => [here, orphan]],
    [
      "a generator",
      async function* () {
        yield here;
        yield orphan;
      },
    ],
  ])("takes %s, and joins each pod to its object by its UID", async (_, getPods) => {
    await using kubelet = await Kubelet.start({ provider: { ...bareProvider, getPods } });
    for (const path of ["/runningpods", "/runningpods/"]) {
      const { items } = JSON.parse((await kubelet.get(path)).body) as ObjectList<Pod>;
      expect(items).toEqual([
        { metadata: web.metadata, spec: web.spec, status: here.status },
        { metadata: { namespace: "default", name: "web", uid: "uid-0" }, spec: { containers: [] } },
      ]);
    }
  });

  it("is an error, not a part, when the provider's list fails", async () => {
    const getPods: Provider["getPods"] = async function* () {
      yield here;
      throw new ProviderError("Unavailable", "page 2 failed");
    };
    await using kubelet = await Kubelet.start({ provider: { ...bareProvider, getPods } });
    expect(await kubelet.get("/runningpods")).toMatchObject({ status: 503, body: "page 2 failed" });
  });
});

describe("/healthz", () => {
  it.each(["/healthz", "/healthz/ping"])("%s is ok", async (path) => {
    await using kubelet = await Kubelet.start();
    expect(await kubelet.get(path)).toMatchObject({ status: 200, body: "ok" });
  });
});
