import type { Pod } from "@virtual-kubelet/kubernetes";
import { containersOf, podVolume, refOf } from "@virtual-kubelet/pod-toolkit";
import type { NomadJob, NomadTask, NomadTaskGroup } from "./api/job.ts";
import type { NomadVariable } from "./api/variable.ts";
import { placementOf } from "./job/placement/placement.ts";
import { canMount, runsImages } from "./job/drivers.ts";
import { seconds } from "./job/duration.ts";
import { fileContents } from "./job/files/file-templates.ts";
import { groupName } from "./job/group-name.ts";
import { jobIdOf } from "./job/identity.ts";
import { hostAddress, podAddress } from "./job/environment/interpolation.ts";
import { podNetwork } from "./job/network.ts";
import type { PodMaterial } from "./job/pod-material.ts";
import { jobMeta, podMetaOf, restartPolicyOf } from "./job/pod-meta.ts";
import { jobPriority } from "./job/placement/priority.ts";
import { diskMB } from "./job/tasks/task-resources.ts";
import { podRestartPolicy } from "./job/tasks/restart-policy.ts";
import { type PlannedTask, logLimits, planTasks, taskFrom } from "./job/tasks/tasks.ts";
import { type Contents, variablesFrom } from "./job/files/variables.ts";
import type { ResolvedNomadOptions } from "./options.ts";

/** What has to be pulled from the context before the job can be made. */
export interface MaterialNeeds {
  readonly containers: readonly string[];
  /** configMap, secret, downwardAPI and projected volumes that are mounted. */
  readonly volumes: readonly string[];
  /** Of drivers that pull. */
  readonly images: readonly string[];
  /** Whether tasks can be told how names are resolved. */
  readonly resolver: boolean;
  /** To be lent to `environment()`: texts in whose place Nomad puts the addresses. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

export interface TranslatedPod {
  readonly job: NomadJob;
  /** Written before the job, and deleted with it: all that is sensitive, and the files, live only here. */
  readonly variables: readonly NomadVariable[];
  /** What a user may want to know: roundings, defaults, what is lost. */
  readonly notes: readonly string[];
}

export function materialNeeds(pod: Pod, { driver }: ResolvedNomadOptions): MaterialNeeds {
  const containers = containersOf(pod);
  const mounted = new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  const volumes = (pod.spec.volumes ?? []).filter(
    (volume) => mounted.has(volume.name) && podVolume(volume).type === "files",
  );
  return {
    containers: containers.map(({ name }) => name),
    volumes: canMount(driver) ? volumes.map(({ name }) => name) : [],
    images: runsImages(driver) ? [...new Set(containers.flatMap(({ image }) => (image ? [image] : [])))] : [],
    resolver: canMount(driver),
    podIPs: [podAddress],
    hostIPs: [hostAddress],
  };
}

/** A pod as a job. `InvalidInput` with the reason where it cannot be one. */
export function jobFromPod(pod: Pod, material: PodMaterial): TranslatedPod {
  const { options, owner, revision } = material;
  const id = jobIdOf(owner, refOf(pod));
  const plans = planTasks(pod, material);
  const variables = variablesFrom(id, contentsOf(plans, material));
  const paths = variables.map(({ Path }) => Path);
  const tasks = plans.map((plan) => taskFrom(pod, plan, { material, jobId: id, paths }));
  const { nodePool, datacenters, constraints } = placementOf(pod, options);
  const job: NomadJob = {
    ID: id,
    Name: `${pod.metadata.namespace}/${pod.metadata.name}`,
    Type: restartPolicyOf(pod) === "Always" ? "service" : "batch",
    ...(options.region === undefined ? {} : { Region: options.region }),
    Namespace: options.namespace,
    ...(nodePool === undefined ? {} : { NodePool: nodePool }),
    Datacenters: datacenters,
    Priority: jobPriority(pod, options.priority),
    Constraints: constraints,
    Meta: jobMeta(pod, { owner, revision, variables: variables.length }),
    TaskGroups: [
      groupOf(
        pod,
        material,
        tasks.map(({ task }) => task),
      ),
    ],
  };
  const notes = [...plans, ...tasks].flatMap((each) => each.notes);
  return { job, variables, notes: [...notes, ...jobNotes(job, variables)] };
}

function groupOf(pod: Pod, { options, resolver }: PodMaterial, tasks: readonly NomadTask[]): NomadTaskGroup {
  return {
    Name: groupName,
    Count: 1,
    RestartPolicy: podRestartPolicy(pod),
    // A pod that is over is replaced by its controller, not by Nomad.
    ReschedulePolicy: { Attempts: 0, Unlimited: false },
    // A job is never changed. A rollout that has failed would keep it from ever being tried again.
    ...(restartPolicyOf(pod) === "Always" ? { Update: { MaxParallel: 0 } } : {}),
    EphemeralDisk: { SizeMB: diskMB(containersOf(pod), logMB * tasks.length) },
    Networks: [podNetwork(pod, options.driver, canMount(options.driver) ? resolver : undefined)],
    Tasks: tasks,
  };
}

/**
 * The variables of the pod's files and secrets with what the material has now; to be written where they differ from what was written
 * last. `meta` is that of the job that runs. `InvalidInput` when they have grown out of the job's variables.
 */
export function variablesFromPod(
  pod: Pod,
  material: PodMaterial,
  meta: Readonly<Record<string, string>>,
): readonly NomadVariable[] {
  const contents = contentsOf(planTasks(pod, material), material);
  return variablesFrom(jobIdOf(material.owner, refOf(pod)), contents, podMetaOf(meta)?.variables);
}

const logMB = logLimits.MaxFiles * logLimits.MaxFileSizeMB;

/** Clients stop tasks within this time, unless they are told otherwise. */
const longestKillTimeout = seconds(30);

function contentsOf(plans: readonly PlannedTask[], { volumes, options }: PodMaterial): Contents {
  const files = canMount(options.driver) ? fileContents(volumes) : new Map<string, Uint8Array>();
  return new Map([...plans.flatMap(({ secrets }) => [...secrets]), ...files]);
}

function jobNotes({ TaskGroups: [group] }: NomadJob, variables: readonly NomadVariable[]): readonly string[] {
  const notes: string[] = [];
  if (group.Tasks.some(({ KillTimeout }) => KillTimeout > longestKillTimeout)) {
    notes.push("clients give a task 30 s to stop unless their `max_kill_timeout` is longer");
  }
  if (variables.length > 2) {
    notes.push(
      `its files take ${variables.length} variables; where Nomad's ACLs are on, tasks may read the third and further ones only by a policy of yours`,
    );
  }
  return notes;
}
