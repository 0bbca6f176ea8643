import { type Deployment, type Job, type Pod, type ReplicaSet, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { withDefaults } from "../../src/api/defaults/with-defaults.ts";
import { RunningCluster, image, template } from "./running-cluster.ts";

const web = { namespace: "default", name: "web" };

function addDeployment(cluster: RunningCluster, spec: Partial<Deployment["spec"]> = {}): Deployment {
  const selector = { matchLabels: { app: "web" } };
  return cluster.storage.create(resources.deployments, {
    metadata: web,
    spec: { replicas: 3, selector, template: template(), ...spec },
  });
}

/** Changes the Deployment as the API server does: what comes in gets its defaults. */
function change(cluster: RunningCluster, spec: Partial<Deployment["spec"]>): void {
  cluster.storage.update(resources.deployments, web, (current) => {
    const changed: Deployment = { ...current, spec: { ...current.spec, ...spec } };
    return withDefaults(resources.deployments, changed) as Deployment;
  });
}

/** The Deployment, once everything of it is there, available, and of this image. */
function rolledOut(cluster: RunningCluster, of = image): Deployment | undefined {
  const deployment = cluster.storage.get(resources.deployments, web);
  const { replicas = 0 } = deployment?.spec ?? {};
  const { observedGeneration, updatedReplicas, availableReplicas } = deployment?.status ?? {};
  const pods = cluster.pods().filter((pod) => pod.spec.containers[0]?.image === of);
  const there = pods.length === replicas && cluster.pods().length === replicas;
  const told = observedGeneration === deployment?.metadata.generation;
  return there && told && updatedReplicas === replicas && availableReplicas === replicas ? deployment : undefined;
}

const revisionOf = (object: Deployment | ReplicaSet): string | undefined =>
  object.metadata.annotations?.["deployment.kubernetes.io/revision"];

const replicaSetsOf = (cluster: RunningCluster): readonly ReplicaSet[] => cluster.storage.list(resources.replicaSets);

describe("a Deployment", () => {
  test("rolls out, scales, rolls over to another template and back", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    cluster.addNode("b");
    addDeployment(cluster);
    const first = await cluster.until(() => rolledOut(cluster));
    expect(revisionOf(first)).toBe("1");
    expect(new Set(cluster.pods().map((pod) => pod.spec.nodeName))).toEqual(new Set(["a", "b"]));
    const [replicaSet] = replicaSetsOf(cluster);
    expect(cluster.pods()[0]?.metadata.name).toMatch(new RegExp(`^${replicaSet?.metadata.name}-[a-z0-9]{5}$`));

    change(cluster, { replicas: 5 });
    await cluster.until(() => rolledOut(cluster));
    expect(revisionOf(await cluster.until(() => rolledOut(cluster)))).toBe("1");

    change(cluster, { template: template({ app: "web" }, "example.com/app:2") });
    expect(revisionOf(await cluster.until(() => rolledOut(cluster, "example.com/app:2")))).toBe("2");
    change(cluster, { template: template() });
    expect(revisionOf(await cluster.until(() => rolledOut(cluster)))).toBe("3");
    expect(new Set(replicaSetsOf(cluster).map(revisionOf))).toEqual(new Set(["2", "3"]));
    expect(cluster.events("ScalingReplicaSet")).toContain(
      `Scaled up replica set ${replicaSet?.metadata.name} from 0 to 3`,
    );
    expect(cluster.warnings).toEqual([]);
  });

  test("replaces a pod that is deleted or fails", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    addDeployment(cluster);
    await cluster.until(() => rolledOut(cluster));
    const [deleted, failed] = cluster.pods().map(({ metadata }) => metadata);
    if (!deleted || !failed) throw new Error("no pods");
    cluster.storage.delete(resources.pods, deleted);
    cluster.storage.update(resources.pods, failed, (pod) => ({ ...pod, status: { ...pod.status, phase: "Failed" } }));
    const alive = () => cluster.pods().filter(({ status }) => status?.phase === "Running");
    const pods = await cluster.until(() => alive().length === 3 && alive());
    expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(deleted.uid);
    expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(failed.uid);
  });

  test("of strategy Recreate never runs two templates at a time", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    addDeployment(cluster, { strategy: { type: "Recreate" } });
    await cluster.until(() => rolledOut(cluster));
    change(cluster, { template: template({ app: "web" }, "example.com/app:2") });
    const seen: number[] = [];
    await cluster.until(() => {
      seen.push(new Set(cluster.pods().map((pod) => pod.spec.containers[0]?.image)).size);
      return rolledOut(cluster, "example.com/app:2");
    });
    expect(Math.max(...seen)).toBe(1);
  });

  test("keeps as many old ReplicaSets as it should, and takes them all along when it is deleted", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    addDeployment(cluster, { replicas: 1, revisionHistoryLimit: 1 });
    await cluster.until(() => rolledOut(cluster));
    for (const next of ["2", "3", "4"]) {
      change(cluster, { template: template({ app: "web" }, `example.com/app:${next}`) });
      await cluster.until(() => rolledOut(cluster, `example.com/app:${next}`));
    }
    await cluster.until(() => replicaSetsOf(cluster).length === 2);
    expect(replicaSetsOf(cluster).map(revisionOf)).toEqual(["3", "4"]);
    cluster.storage.delete(resources.deployments, web);
    await cluster.until(() => replicaSetsOf(cluster).length === 0 && cluster.pods().length === 0);
  });

  test("waits while it is paused", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    addDeployment(cluster);
    await cluster.until(() => rolledOut(cluster));
    change(cluster, { paused: true, template: template({ app: "web" }, "example.com/app:2") });
    const reason = () =>
      cluster.storage.get(resources.deployments, web)?.status?.conditions?.find(({ type }) => type === "Progressing")
        ?.reason;
    await cluster.until(() => reason() === "DeploymentPaused");
    expect(replicaSetsOf(cluster)).toHaveLength(1);
    change(cluster, { paused: false });
    await cluster.until(() => rolledOut(cluster, "example.com/app:2"));
  });
});

describe("a Job", () => {
  const jobOf = (cluster: RunningCluster): Job | undefined =>
    cluster.storage.get(resources.jobs, { namespace: "default", name: "task" });
  const endOf = (cluster: RunningCluster) =>
    jobOf(cluster)?.status?.conditions?.find(({ type }) => type === "Complete" || type === "Failed");
  const timing = { jobRetryMs: 5 };

  test("that fails twice and then succeeds is complete", async () => {
    let runs = 0;
    const outcome = () => ((runs += 1) > 2 ? "Succeeded" : "Failed");
    await using cluster = new RunningCluster({ timing, outcome });
    cluster.addNode("a");
    cluster.addJob("task", { backoffLimit: 3 });
    expect(await cluster.until(() => endOf(cluster))).toMatchObject({ type: "Complete", reason: "CompletionsReached" });
    expect(jobOf(cluster)?.status).toMatchObject({ succeeded: 1, failed: 2, terminating: 0, ready: 0 });
    expect(jobOf(cluster)?.status?.completionTime).toBeDefined();
    expect(cluster.pods()).toHaveLength(3);
    expect(cluster.events("Completed")).toEqual(["Job completed"]);
  });

  test("fails when all retries are used", async () => {
    await using cluster = new RunningCluster({ timing, outcome: () => "Failed" });
    cluster.addNode("a");
    cluster.addJob("task", { backoffLimit: 2 });
    expect(await cluster.until(() => endOf(cluster))).toMatchObject({ type: "Failed", reason: "BackoffLimitExceeded" });
    expect(jobOf(cluster)?.status).toMatchObject({ failed: 3 });
  });

  test("counts a pod for ever that is forced away", async () => {
    let runs = 0;
    const outcome = () => ((runs += 1) > 1 ? "Succeeded" : "Ready");
    await using cluster = new RunningCluster({ timing, outcome });
    cluster.addNode("a");
    cluster.addJob("task");
    const pod: Pod = await cluster.until(() => cluster.pods().find(({ status }) => status?.phase === "Running"));
    cluster.storage.delete(resources.pods, pod.metadata, { gracePeriodSeconds: 0 });
    await cluster.until(() => endOf(cluster));
    expect(jobOf(cluster)?.status).toMatchObject({ succeeded: 1, failed: 1 });
  });

  test("that is suspended gives up its pods and starts anew when it goes on", async () => {
    await using cluster = new RunningCluster({ timing });
    cluster.addNode("a");
    cluster.addJob("task", { parallelism: 2, completions: 2 });
    await cluster.until(() => jobOf(cluster)?.status?.ready === 2);
    const suspend = (suspended: boolean) =>
      cluster.storage.update(resources.jobs, { namespace: "default", name: "task" }, (job) => ({
        ...job,
        spec: { ...job.spec, suspend: suspended },
      }));
    suspend(true);
    await cluster.until(() => cluster.pods().length === 0 && jobOf(cluster)?.status?.terminating === 0);
    expect(jobOf(cluster)?.status).toMatchObject({ ready: 0, conditions: [{ type: "Suspended", status: "True" }] });
    expect(jobOf(cluster)?.status?.failed).toBeUndefined();
    suspend(false);
    await cluster.until(() => jobOf(cluster)?.status?.ready === 2);
    expect(cluster.events("Resumed")).toEqual(["Job resumed"]);
  });

  test("goes with its pods when its time to live is over, and when its deadline passes it fails", async () => {
    await using cluster = new RunningCluster({
      timing,
      outcome: (pod) => (pod.metadata.name.startsWith("task") ? "Succeeded" : "Ready"),
    });
    cluster.addNode("a");
    cluster.addJob("task", { ttlSecondsAfterFinished: 0 });
    await cluster.until(() => !jobOf(cluster) && cluster.pods().length === 0);
    const slow = cluster.addJob("slow", { activeDeadlineSeconds: 1 });
    const failed = await cluster.until(() =>
      cluster.storage.get(resources.jobs, slow.metadata)?.status?.conditions?.find(({ type }) => type === "Failed"),
    );
    expect(failed.reason).toBe("DeadlineExceeded");
    expect(cluster.pods()).toHaveLength(0);
  });

  test("whose meaning would be changed is refused with an event", async () => {
    await using cluster = new RunningCluster({ timing });
    cluster.addJob("task", { completionMode: "Indexed" });
    const [message] = await cluster.until(
      () => cluster.events("Unsupported").length > 0 && cluster.events("Unsupported"),
    );
    expect(message).toContain("completionMode Indexed");
    expect(cluster.pods()).toHaveLength(0);
  });
});
