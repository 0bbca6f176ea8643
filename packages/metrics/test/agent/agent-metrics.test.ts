import { channel } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { AgentMetrics, expositionContentType } from "../../src/index.ts";
import { parsed } from "../parsed.ts";

/** One message of each kind that the parts of a node publish. */
const everyMessage: readonly (readonly [channel: string, ...messages: readonly object[]])[] = [
  ["virtual-kubelet:provider-call", { verb: "createPod", code: "ok", durationMs: 40 }],
  [
    "virtual-kubelet:queue",
    { queue: "pods", instance: 1, event: "ready", depth: 1 },
    { queue: "pods", instance: 1, event: "ready", depth: 2 },
    { queue: "pods", instance: 2, event: "ready", depth: 5 },
    { queue: "pods", instance: 1, event: "started", depth: 1, waitMs: 3 },
    { queue: "pods", instance: 1, event: "handled", depth: 1, durationMs: 500, failures: 2 },
  ],
  ["virtual-kubelet:pod-step", { step: "create", result: "QuotaExceeded", durationMs: 7 }],
  ["virtual-kubelet:pods", { node: "n", phases: { Running: 2, Pending: 1 }, containers: { running: 3, exited: 1 } }],
  ["virtual-kubelet:lease", { node: "n", event: "renewed", durationMs: 5 }],
  [
    "virtual-kubelet:api-request",
    { method: "GET", verb: "list", resource: "pods", code: 200, durationMs: 12 },
    { method: "PATCH", verb: "patch", resource: "pods/status", code: 0, durationMs: 9 },
  ],
  ["virtual-kubelet:watch-restart", { resource: "pods", reason: "ended", delayMs: 0 }],
  [
    "virtual-kubelet:kubelet-api.request",
    { route: "/exec/{namespace}/{pod}/{container}", method: "POST", status: 101, durationMs: 90_000 },
    { route: undefined, method: "GET", status: 404, durationMs: 1 },
    { route: "/metrics/resource", method: "GET", status: 200, durationMs: 4 },
    { route: "/stats/summary", method: "GET", status: 200, durationMs: 4 },
  ],
  [
    "virtual-kubelet:kubelet-api.stream",
    { event: "open", kind: "exec", protocol: "v5.channel.k8s.io", bytesIn: 0, bytesOut: 0 },
    { event: "open", kind: "exec", protocol: "v5.channel.k8s.io", bytesIn: 0, bytesOut: 0 },
    { event: "bytes", kind: "exec", protocol: "v5.channel.k8s.io", bytesIn: 10, bytesOut: 100 },
    { event: "close", kind: "exec", protocol: "v5.channel.k8s.io", bytesIn: 5, bytesOut: 30 },
  ],
];

function publishAll(): void {
  for (const [name, ...messages] of everyMessage) for (const message of messages) channel(name).publish(message);
}

/** The samples of the metrics, as they are written. */
async function linesOf(agent: AgentMetrics): Promise<string[]> {
  return (await agent.text()).split("\n");
}

describe("the agent's metrics", () => {
  test("count what is published", async () => {
    using agent = new AgentMetrics({ version: "1.2.3", nodeName: "n" });
    publishAll();
    const lines = await linesOf(agent);
    for (const line of [
      'virtual_kubelet_provider_call_duration_seconds_bucket{le="0.1",verb="createPod",code="ok"} 1',
      'workqueue_depth{name="pods"} 6',
      'workqueue_adds_total{name="pods"} 3',
      'workqueue_queue_duration_seconds_sum{name="pods"} 0.003',
      'workqueue_work_duration_seconds_sum{name="pods"} 0.5',
      'workqueue_retries_total{name="pods"} 1',
      'virtual_kubelet_pod_step_duration_seconds_count{step="create",result="QuotaExceeded"} 1',
      'virtual_kubelet_pods{phase="Running"} 2',
      'virtual_kubelet_pods{phase="Failed"} 0',
      "kubelet_running_pods 2",
      'kubelet_running_containers{container_state="running"} 3',
      'virtual_kubelet_node_lease_renewals_total{result="renewed"} 1',
      'rest_client_requests_total{code="200",method="GET"} 1',
      'rest_client_requests_total{code="<error>",method="PATCH"} 1',
      'rest_client_request_duration_seconds_sum{verb="GET"} 0.012',
      'virtual_kubelet_api_request_duration_seconds_count{verb="patch",resource="pods/status",code="<error>"} 1',
      'virtual_kubelet_watch_restarts_total{resource="pods",reason="ended"} 1',
      'kubelet_http_requests_total{method="POST",path="exec",server_type="readwrite",long_running="true",status="101"} 1',
      'kubelet_http_requests_total{method="GET",path="other",server_type="readwrite",long_running="false",status="404"} 1',
      'kubelet_http_requests_total{method="GET",path="metrics/resource",server_type="readwrite",long_running="false",status="200"} 1',
      'kubelet_http_requests_total{method="GET",path="stats",server_type="readwrite",long_running="false",status="200"} 1',
      'virtual_kubelet_streams_open{kind="exec",protocol="v5.channel.k8s.io"} 1',
      'virtual_kubelet_streams_total{kind="exec",protocol="v5.channel.k8s.io"} 2',
      'virtual_kubelet_stream_bytes_total{kind="exec",protocol="v5.channel.k8s.io",direction="in"} 15',
      'virtual_kubelet_stream_bytes_total{kind="exec",protocol="v5.channel.k8s.io",direction="out"} 130',
      `virtual_kubelet_build_info{version="1.2.3",node_version="${process.version}"} 1`,
      'kubelet_node_name{node="n"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(agent.contentType).toBe(expositionContentType);
  });

  test("tell of several nodes together, and forget those that have ended", async () => {
    using agent = new AgentMetrics({ version: "1" });
    const pods = channel("virtual-kubelet:pods");
    pods.publish({ node: "a", phases: { Running: 2 }, containers: {} });
    pods.publish({ node: "b", phases: { Running: 3 }, containers: {} });
    expect(await linesOf(agent)).toContain("kubelet_running_pods 5");
    pods.publish({ node: "a", phases: {}, containers: {} });
    expect(await linesOf(agent)).toContain("kubelet_running_pods 3");
    channel("virtual-kubelet:queue").publish({ queue: "pods", instance: 1, event: "ready", depth: 4 });
    channel("virtual-kubelet:queue").publish({ queue: "pods", instance: 1, event: "ended", depth: 0 });
    expect(await linesOf(agent)).toContain('workqueue_depth{name="pods"} 0');
  });

  test("say how old the lease is once it was renewed, and until the node ends", async () => {
    using agent = new AgentMetrics({ version: "1" });
    const lease = channel("virtual-kubelet:lease");
    const age = async () =>
      parsed(await agent.text()).find(({ name }) => name === "virtual_kubelet_node_lease_age_seconds")!.samples;
    lease.publish({ node: "n", event: "failed", durationMs: 1 });
    expect(await age()).toEqual([]);
    lease.publish({ node: "n", event: "renewed", durationMs: 1 });
    const [first] = await age();
    expect(first?.value).toBeGreaterThanOrEqual(0);
    await vi.waitFor(async () => expect((await age())[0]?.value).toBeGreaterThan(first?.value ?? Infinity));
    lease.publish({ node: "n", event: "ended" });
    expect(await age()).toEqual([]);
  });

  test("know the process", async () => {
    using agent = new AgentMetrics({ version: "1" });
    const read = parsed(await agent.text());
    const valueOf = (name: string) => read.find((family) => family.name === name)?.samples[0]?.value;
    expect(valueOf("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(valueOf("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(valueOf("process_start_time_seconds")).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0);
    if (process.platform === "linux") {
      expect(valueOf("process_open_fds")).toBeGreaterThan(3);
      expect(valueOf("process_max_fds")).toBeGreaterThan(3);
    }
  });

  test("know how late the event loop is", async () => {
    using agent = new AgentMetrics({ version: "1" });
    await vi.waitFor(async () => {
      const lag = parsed(await agent.text()).find(({ name }) => name === "nodejs_eventloop_lag_p99_seconds");
      expect(lag?.samples[0]?.value).toBeGreaterThan(0);
    });
  });

  test("have bounded labels, whatever comes", async () => {
    using agent = new AgentMetrics({ version: "1" });
    for (let index = 0; index < 1_000; index++) {
      channel("virtual-kubelet:watch-restart").publish({ resource: "pods", reason: `Because${index}`, delayMs: 0 });
    }
    const restarts = parsed(await agent.text()).find(({ name }) => name === "virtual_kubelet_watch_restarts_total")!;
    expect(restarts.samples).toHaveLength(51);
    expect(restarts.samples.find(({ labels }) => labels["reason"] === "other")?.value).toBe(950);
  });

  test("count a message that is none, and go on", async () => {
    using agent = new AgentMetrics({ version: "1" });
    channel("virtual-kubelet:provider-call").publish(undefined);
    channel("virtual-kubelet:provider-call").publish({ verb: "getPod", code: "ok", durationMs: "long" });
    expect(await linesOf(agent)).toContain(
      'virtual_kubelet_unread_messages_total{channel="virtual-kubelet:provider-call"} 2',
    );
  });

  test("of two agents are apart, and hear nothing any more once disposed of", async () => {
    const first = new AgentMetrics({ version: "1" });
    using second = new AgentMetrics({ version: "1" });
    channel("virtual-kubelet:lease").publish({ node: "n", event: "renewed", durationMs: 1 });
    first[Symbol.dispose]();
    channel("virtual-kubelet:lease").publish({ node: "n", event: "renewed", durationMs: 1 });
    const renewals = 'virtual_kubelet_node_lease_renewals_total{result="renewed"}';
    expect(await linesOf(first)).toContain(`${renewals} 1`);
    expect(await linesOf(second)).toContain(`${renewals} 2`);
    second[Symbol.dispose]();
    for (const [name] of everyMessage) expect(channel(name).hasSubscribers).toBe(false);
  });

  test("stand in the README, all of them, with their labels", async () => {
    using agent = new AgentMetrics({ version: "1", nodeName: "n" });
    publishAll();
    channel("virtual-kubelet:provider-call").publish(undefined);
    const rows = parsed(await agent.text())
      .map(({ name, type, help, samples }) => {
        const labels = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== "le");
        return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
      })
      .toSorted();
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const table = readme.split("\n").filter((line) => /^\| `\w+` \| (counter|gauge|histogram) \|/.test(line));
    expect(table).toEqual(rows);
  });
});
