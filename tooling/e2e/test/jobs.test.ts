import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { container, job, podSpec } from "../src/suite/manifests.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const jobOf = (it: Workbench, name: string) => it.client.get(resources.jobs, { namespace: it.namespace, name });
const waitFor = (it: Workbench, condition: string, name: string) =>
  it.succeed("wait", `--for=condition=${condition}`, `job/${name}`, "--timeout=90s");

scenario("a Job succeeds, and its log can be read", {}, async (it) => {
  await it.apply(job("once", "echo done"));
  await waitFor(it, "Complete", "once");
  expect((await jobOf(it, "once")).status).toMatchObject({ succeeded: 1 });
  expect((await jobOf(it, "once")).status?.failed).toBeUndefined();
  expect(await it.succeed("logs", "job/once")).toBe("done\n");
});

scenario("a Job fails when its pod does and there is no other try", {}, async (it) => {
  await it.apply(job("never", "exit 3", { backoffLimit: 0 }));
  await waitFor(it, "Failed", "never");
  const { status } = await jobOf(it, "never");
  expect(status).toMatchObject({ failed: 1 });
  expect(status?.conditions?.find(({ type }) => type === "Failed")?.reason).toBe("BackoffLimitExceeded");
  const [pod] = await it.pods("job-name=never");
  expect(pod?.status?.phase).toBe("Failed");
  expect(pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
});

scenario("a Job tries as often as its backoffLimit says", {}, async (it) => {
  await it.apply(job("twice", "exit 1", { backoffLimit: 1 }));
  await waitFor(it, "Failed", "twice");
  expect((await jobOf(it, "twice")).status).toMatchObject({ failed: 2 });
  expect(await it.pods("job-name=twice")).toHaveLength(2);
});

scenario("a Job's container restarts in place when the policy is OnFailure", {}, async (it) => {
  const script = 'n=$(cat ../../tries 2>/dev/null || echo 0); echo $((n+1)) > ../../tries; [ "$n" -ge 1 ]';
  const template = { spec: podSpec(script, { restartPolicy: "OnFailure" }) };
  await it.apply(job("again", script, { template }));
  await waitFor(it, "Complete", "again");
  const [pod, ...others] = await it.pods("job-name=again");
  expect(others).toEqual([]);
  expect(pod?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
});

scenario("a parallel Job counts each completion once", {}, async (it) => {
  await it.apply(job("many", "sleep 0.5", { parallelism: 3, completions: 7 }));
  await waitFor(it, "Complete", "many");
  expect((await jobOf(it, "many")).status).toMatchObject({ succeeded: 7 });
  const phases = (await it.pods("job-name=many")).map(({ status }) => status?.phase);
  expect(phases).toEqual(Array.from({ length: 7 }, () => "Succeeded"));
});

scenario("each pod of an indexed Job knows its index", { notEmbedded: "Indexed Jobs" }, async (it) => {
  const spec = { parallelism: 3, completions: 3, completionMode: "Indexed" };
  await it.apply(job("indexed", 'echo "index $JOB_COMPLETION_INDEX"', spec));
  await waitFor(it, "Complete", "indexed");
  const pods = await it.pods("job-name=indexed");
  const logs = await Promise.all(pods.map(({ metadata }) => it.succeed("logs", metadata.name)));
  expect(logs.toSorted()).toEqual(["index 0\n", "index 1\n", "index 2\n"]);
});

scenario("a Job that takes too long is ended", {}, async (it) => {
  await it.apply(job("slow", "exec sleep 1000", { activeDeadlineSeconds: 3 }));
  await waitFor(it, "Failed", "slow");
  const failed = (await jobOf(it, "slow")).status?.conditions?.find(({ type }) => type === "Failed");
  expect(failed?.reason).toBe("DeadlineExceeded");
  await it.until(async () => (await it.pods("job-name=slow")).length === 0, "its pod to be gone");
});

scenario("deleting a Job ends its pods", {}, async (it) => {
  await it.apply(job("endless", "exec sleep 1000"));
  await it.until(async () => (await it.pods("job-name=endless"))[0]?.status?.phase === "Running", "its pod to run");
  await it.succeed("delete", "job", "endless", "--timeout=60s");
  await it.until(async () => (await it.pods("job-name=endless")).length === 0, "its pod to be gone");
});

scenario("a CronJob runs at the minute", { notEmbedded: "CronJobs", timeoutMs: 180_000 }, async (it) => {
  const jobTemplate = {
    spec: { template: { spec: { restartPolicy: "Never", containers: [container("echo tick")] } } },
  };
  const spec = { schedule: "* * * * *", jobTemplate };
  await it.apply({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "clock" }, spec });
  const succeeded = await it.until(
    async () => {
      const { items } = await it.client.list(resources.jobs, { namespace: it.namespace });
      return items.find(({ status }) => status?.succeeded === 1);
    },
    "its first Job to succeed",
    120_000,
  );
  expect(succeeded.metadata.ownerReferences?.[0]).toMatchObject({ kind: "CronJob", name: "clock" });
});
