import { AgentMetrics } from "@virtual-kubelet/metrics";
import { expect, test } from "vitest";
import { clusterWithNode, eventually, nodeName, podManifest, untilGone, untilPhase } from "./cluster-with-node.ts";
import { resources } from "@virtual-kubelet/kubernetes";

test("a node that runs a pod is counted from end to end", async () => {
  using agent = new AgentMetrics({ version: "1.2.3", nodeName });
  await using running = await clusterWithNode();
  const { client } = running;
  await client.create(resources.pods, podManifest("web"));
  await untilPhase(client, "web", "Running");
  await eventually(async () => expect(await agent.text()).toContain("\nkubelet_running_pods 1\n"));
  const text = await agent.text();
  for (const sample of [
    'virtual_kubelet_pods{phase="Running"} 1',
    'kubelet_running_containers{container_state="running"} 1',
    'virtual_kubelet_pod_step_duration_seconds_count{step="create",result="ok"} 1',
    'virtual_kubelet_provider_call_duration_seconds_count{verb="createPod",code="ok"} 1',
    'virtual_kubelet_node_lease_renewals_total{result="renewed"} 1',
    'workqueue_depth{name="pods"} 0',
  ]) {
    expect(text).toContain(`\n${sample}\n`);
  }
  expect(text).toMatch(/^virtual_kubelet_node_lease_age_seconds \d/m);
  expect(text).toMatch(
    /^virtual_kubelet_api_request_duration_seconds_count\{verb="watch",resource="pods",code="200"\} \d/m,
  );
  expect(text).toMatch(
    /^virtual_kubelet_api_request_duration_seconds_count\{verb="patch",resource="pods\/status",code="200"\} \d/m,
  );
  expect(text).toMatch(/^workqueue_work_duration_seconds_count\{name="pod-status"\} \d/m);
  await client.delete(resources.pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
  await untilGone(client, "web");
  await eventually(async () => expect(await agent.text()).toContain("\nkubelet_running_pods 0\n"));
  expect(await agent.text()).not.toMatch(/^virtual_kubelet_unread_messages_total\{/m);
});
