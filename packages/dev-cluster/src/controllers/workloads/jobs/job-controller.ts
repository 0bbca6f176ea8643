import { type Job, type JobCondition, type Pod, type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../../storage/object-storage.ts";
import type { StorageEvent } from "../../../storage/watch-history.ts";
import { type Controller, changed, controllerOf, keyOf, nameOf } from "../../controller.ts";
import { recordEvent } from "../../record-event.ts";
import { EndedPods, endOf } from "./ended-pods.ts";
import { type JobPlan, jobPlan } from "./job-plan.ts";
import { podFromTemplate } from "../pod-from-template.ts";

const component = "job-controller";

export interface JobControllerOptions {
  readonly storage: ObjectStorage;
  /** How long to wait after the first failure of a pod; it doubles with each. */
  readonly firstDelayMs: number;
}

/** Runs the pods of each Job to their end. */
export class JobController implements Controller {
  readonly name = "job";
  readonly #storage: ObjectStorage;
  readonly #firstDelayMs: number;
  readonly #ended = new EndedPods();

  constructor({ storage, firstDelayMs }: JobControllerOptions) {
    this.#storage = storage;
    this.#firstDelayMs = firstDelayMs;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const job = changed(event, resources.jobs);
    if (job) yield keyOf(job.metadata);
    if (job && event.type === "DELETED") this.#ended.forget(job.metadata.uid);
    const pod = changed(event, resources.pods);
    const owner = pod && controllerOf(pod);
    if (!pod || owner?.kind !== "Job") return;
    const name = { namespace: pod.metadata.namespace, name: owner.name };
    if (event.type === "DELETED" && this.#storage.get(resources.jobs, name)?.metadata.uid === owner.uid) {
      const gone = { uid: pod.metadata.uid, succeeded: false, endedAtMs: Date.now() };
      this.#ended.record(owner.uid, endOf(pod, Date.now()) ?? gone);
    }
    yield keyOf(name);
  }

  reconcile(key: string): number | undefined {
    const job = this.#storage.get(resources.jobs, nameOf(key));
    if (!job || job.spec.managedBy) return undefined;
    const missing = unsupportedField(job);
    if (missing) {
      const message = `This cluster's Job controller does not support ${missing}: no pods are created`;
      this.#say(job, { type: "Warning", reason: "Unsupported", message });
      return undefined;
    }
    const plan = this.#plan(job);
    if (plan.expired) {
      this.#storage.delete(resources.jobs, job.metadata, { uid: job.metadata.uid, propagationPolicy: "Foreground" });
      return undefined;
    }
    for (const pod of plan.remove) this.#remove(job, pod, plan.drop);
    for (let created = 0; created < plan.create; created += 1) this.#create(job);
    this.#report(job);
    return plan.recheckMs;
  }

  /** The plan by what is stored now. */
  #plan(job: Job): JobPlan {
    const { namespace, uid } = job.metadata;
    const nowMs = Date.now();
    const pods = this.#storage.list(resources.pods, { namespace }).filter((pod) => controllerOf(pod)?.uid === uid);
    for (const pod of pods) {
      const waits =
        job.spec.podReplacementPolicy === "Failed" &&
        pod.status?.phase !== "Failed" &&
        pod.status?.phase !== "Succeeded";
      const end = waits ? undefined : endOf(pod, nowMs);
      if (end) this.#ended.record(uid, end);
    }
    return jobPlan(job, { pods, ended: this.#ended.of(uid), nowMs, firstDelayMs: this.#firstDelayMs });
  }

  #create(job: Job): void {
    const { uid, name } = job.metadata;
    const labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "job-name": name,
    };
    const pod = this.#storage.create(resources.pods, podFromTemplate(job.spec.template, job, labels));
    this.#say(job, { type: "Normal", reason: "SuccessfulCreate", message: `Created pod: ${pod.metadata.name}` });
  }

  #remove(job: Job, pod: Pod, drop: boolean): void {
    if (drop) this.#ended.drop(job.metadata.uid, pod.metadata.uid);
    this.#storage.delete(resources.pods, pod.metadata, { uid: pod.metadata.uid });
    this.#say(job, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${pod.metadata.name}` });
  }

  #report(job: Job): void {
    const { status } = this.#plan(job);
    const updated = this.#storage.update(resources.jobs, job.metadata, (current) => ({ ...current, status }));
    const before = job.status?.conditions ?? [];
    for (const condition of updated.status?.conditions ?? []) {
      if (before.some((one) => one.type === condition.type && one.status === condition.status)) continue;
      const record = eventOf(condition);
      if (record) this.#say(updated, record);
    }
  }

  #say(
    about: StoredObject,
    record: { readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string },
  ): void {
    recordEvent(this.#storage, about, { component, ...record });
  }
}

/** A field that would change what the Job means if it were ignored. */
function unsupportedField({ spec }: Job): string | undefined {
  if (spec.completionMode === "Indexed") return "completionMode Indexed";
  if (spec.podFailurePolicy) return "podFailurePolicy";
  return spec.successPolicy ? "successPolicy" : undefined;
}

function eventOf({
  type,
  status,
  reason = "",
  message = "",
}: JobCondition):
  | { readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string }
  | undefined {
  if (type === "Complete") return { type: "Normal", reason: "Completed", message: "Job completed" };
  if (type === "Failed") return { type: "Warning", reason, message };
  if (type === "Suspended") return { type: "Normal", reason: status === "True" ? "Suspended" : "Resumed", message };
  return undefined;
}
