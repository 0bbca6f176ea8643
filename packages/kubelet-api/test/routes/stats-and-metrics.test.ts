import type { StatsSummary } from "@virtual-kubelet/provider";
import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import type { MetricsSource } from "../../src/index.ts";
import { bareProvider } from "../host-provider.ts";
import { Kubelet } from "../kubelet.ts";

const stats: StatsSummary = { node: { startTime: "2026-01-01T00:00:00Z" }, pods: [] };
const provider = { ...bareProvider, getStats: () => stats };

/** Says which part was asked for, and from what. */
const metrics: MetricsSource = {
  agent: () => Promise.resolve("agent 1\n"),
  resource: ({ node }) => `resource ${node.startTime}\n`,
  cadvisor: ({ node }) => `cadvisor ${node.startTime}\n`,
  probes: () => "probes 0\n",
  summary: ({ node }, { onlyCpuAndMemory }) => ({ node, onlyCpuAndMemory }),
};

describe("what a node measures", () => {
  it.each([
    ["/metrics", "agent 1\n"],
    ["/metrics/resource", "resource 2026-01-01T00:00:00Z\n"],
    ["/metrics/cadvisor", "cadvisor 2026-01-01T00:00:00Z\n"],
    ["/metrics/probes", "probes 0\n"],
  ])("is given at %s in Prometheus' text format", async (path, body) => {
    await using kubelet = await Kubelet.start({ provider, metrics });
    const answer = await kubelet.get(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  it.each([
    ["", false],
    ["?only_cpu_and_memory=true", true],
    ["?only_cpu_and_memory=1", false],
  ])("is given at /stats/summary%s as JSON", async (query, onlyCpuAndMemory) => {
    await using kubelet = await Kubelet.start({ provider, metrics });
    const { status, body } = await kubelet.get(`/stats/summary${query}`);
    expect([status, JSON.parse(body)]).toEqual([200, { node: stats.node, onlyCpuAndMemory }]);
  });

  it.each(["/metrics/resource", "/metrics/cadvisor", "/stats/summary"])(
    "is 501 at %s when the provider does not measure",
    async (path) => {
      await using kubelet = await Kubelet.start({ provider: bareProvider, metrics });
      expect(await kubelet.get(path)).toMatchObject({
        status: 501,
        body: "This node's provider does not measure what its pods use.",
      });
    },
  );

  it("is 501 when the node gives no metrics, and the provider's own error otherwise", async () => {
    await using without = await Kubelet.start({ provider });
    expect((await without.get("/metrics")).status).toBe(501);
    const getStats = () => Promise.reject(new ProviderError("Throttled", "too often", { retryAfterMs: 2000 }));
    await using throttled = await Kubelet.start({ provider: { ...bareProvider, getStats }, metrics });
    const answer = await throttled.get("/metrics/resource");
    expect([answer.status, answer.headers["retry-after"], answer.body]).toEqual([429, "2", "too often"]);
  });
});

describe("the node itself", () => {
  it("shows how it is set up, as kubelet does", async () => {
    await using kubelet = await Kubelet.start({ configuration: { port: 10_250 } });
    expect(JSON.parse((await kubelet.get("/configz")).body)).toEqual({ kubeletconfig: { port: 10_250 } });
  });

  it("says at /healthz/syncloop why it does not follow its pods", async () => {
    let problem: string | undefined = "the pods are not known yet";
    await using kubelet = await Kubelet.start({ syncLoopProblem: () => problem });
    expect(await kubelet.get("/healthz/syncloop")).toMatchObject({ status: 500, body: problem });
    problem = undefined;
    expect(await kubelet.get("/healthz/syncloop")).toMatchObject({ status: 200, body: "ok" });
  });
});
