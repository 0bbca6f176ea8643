import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { isSidecar } from "@virtual-kubelet/pod-toolkit";
import { ProviderError, type RegistryCredential, type Variable } from "@virtual-kubelet/provider";
import type { NomadTask, NomadTemplate } from "../../api/job.ts";
import type { PodMaterial } from "../pod-material.ts";
import { taskCommand } from "./task-command.ts";
import { driverConfigs } from "./driver-configs.ts";
import { seconds } from "../duration.ts";
import { environmentLine, taskEnvironment } from "../environment/task-environment.ts";
import { fileTemplates } from "../files/file-templates.ts";
import { gateTemplate } from "../gates.ts";
import { passwordVariable } from "./image-config.ts";
import { addressFilter, hasAddress, literalMeta } from "../environment/interpolation.ts";
import { type TaskMounts, taskMounts } from "../files/task-mounts.ts";
import { hasOwnNetwork } from "../network.ts";
import { taskResources } from "./task-resources.ts";
import { initRestartPolicy } from "./restart-policy.ts";
import { userOf, userText } from "./container-user.ts";
import { contentTemplate } from "../files/variables.ts";

/** A container on its way to become a task. */
export interface PlannedTask {
  readonly container: Container;
  /** Its place among the init containers; absent: a regular one. */
  readonly turn?: number;
  readonly variables: readonly Variable[];
  readonly environment: Readonly<Record<string, string>>;
  /** Of its sensitive variables; by key. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  readonly mounts: TaskMounts;
  readonly credential?: RegistryCredential | undefined;
  readonly notes: readonly string[];
}

/** What may be written to the logs of a task, in each of which there are several files. */
export const logLimits = { MaxFiles: 3, MaxFileSizeMB: 10 };

/** The folder of an allocation that its tasks share; each task has one beside it, of its own name. */
const sharedFolder = "alloc";
const folderTaken = `A container cannot be called "${sharedFolder}" here: that is the folder that tasks of Nomad share. Give it another name.`;

/** What each container of a pod needs, before it is known where its secrets are to be read. */
export function planTasks(pod: Pod, material: PodMaterial): readonly PlannedTask[] {
  const { initContainers = [], containers } = pod.spec;
  return [
    ...initContainers.map((container, turn) => planTask(pod, material, { container, turn })),
    ...containers.map((container) => planTask(pod, material, { container })),
  ];
}

function planTask(
  pod: Pod,
  { options, environments, volumes, credentials }: PodMaterial,
  { container, turn }: Pick<PlannedTask, "container" | "turn">,
): PlannedTask {
  const { name, image = "" } = container;
  if (name === sharedFolder) throw new ProviderError("InvalidInput", folderTaken);
  const variables = environments.get(name) ?? [];
  const isOwn = hasOwnNetwork(pod, options.driver);
  const { plain, sensitive, notes } = taskEnvironment(name, variables, { hasOwnNetwork: isOwn });
  const credential = credentials.get(image);
  const secrets = sensitive + passwordLine(credential);
  const mounts = taskMounts(pod, container, { driver: options.driver, variables, volumes });
  return {
    container,
    ...(turn === undefined ? {} : { turn }),
    variables,
    environment: plain,
    secrets: new Map(secrets === "" ? [] : [[secretKey(name), Buffer.from(secrets)]]),
    mounts,
    credential,
    notes: [...notes, ...mounts.notes],
  };
}

/** A planned container as a task whose templates read the variables of these paths. */
export function taskFrom(
  pod: Pod,
  plan: PlannedTask,
  {
    material,
    jobId,
    paths,
  }: { readonly material: PodMaterial; readonly jobId: string; readonly paths: readonly string[] },
): { readonly task: NomadTask; readonly notes: readonly string[] } {
  const { container, turn, mounts, credential } = plan;
  const { options, mhzPerCpu } = material;
  const { resources, notes } = taskResources(container, { options, mhzPerCpu: options.mhzPerCpu ?? mhzPerCpu ?? 1000 });
  const command = taskCommand(container, plan.variables);
  const Config = driverConfigs[options.driver]({ pod, container, command, mounts, credential });
  const Env = plan.environment;
  const user = userText(userOf(pod, container));
  const restarts = turn === undefined ? undefined : initRestartPolicy(pod, container);
  const task: NomadTask = {
    Name: container.name,
    Driver: options.driver,
    ...(user === undefined ? {} : { User: user }),
    Config,
    Env,
    ...metaFor({ Config, Env }),
    Resources: resources,
    KillTimeout: seconds(Math.max(1, pod.spec.terminationGracePeriodSeconds ?? 30)),
    KillSignal: container.lifecycle?.stopSignal ?? "SIGTERM",
    ...(turn === undefined ? {} : { Lifecycle: { Hook: "prestart", Sidecar: isSidecar(container) } }),
    ...(restarts ? { RestartPolicy: restarts } : {}),
    Templates: onePerPlace([
      ...(turn ? [gateTemplate(jobId, container.name)] : []),
      ...secretTemplates(plan, paths),
      ...mounts.files.flatMap((placed) => fileTemplates(pod, placed, paths)),
    ]),
    LogConfig: logLimits,
  };
  return { task, notes };
}

function secretTemplates({ container, secrets }: PlannedTask, paths: readonly string[]): readonly NomadTemplate[] {
  return [...secrets].map(([key, content]): NomadTemplate => {
    const filter = hasAddress(Buffer.from(content).toString()) ? addressFilter : "";
    const template = contentTemplate(key, paths, filter);
    const DestPath = `secrets/${container.name}.env`;
    return { EmbeddedTmpl: template, DestPath, ChangeMode: "noop", Perms: "0400", Envvars: true };
  });
}

/** A volume that is mounted twice has its files once. */
function onePerPlace(templates: readonly NomadTemplate[]): readonly NomadTemplate[] {
  return [...new Map(templates.map((template) => [template.DestPath, template])).values()];
}

function passwordLine(credential: RegistryCredential | undefined): string {
  if (!credential) return "";
  const value = credential.identityToken ?? credential.password ?? "";
  return environmentLine({ name: passwordVariable, value });
}

function secretKey(container: string): string {
  return `env.${container}`;
}

/** Only where a text needs it: a task sees its meta in its environment. */
function metaFor(texts: unknown): Pick<NomadTask, "Meta"> {
  const text = JSON.stringify(texts);
  const needed = Object.entries(literalMeta).filter(([name]) => text.includes(`\${NOMAD_META_${name}}`));
  return needed.length > 0 ? { Meta: Object.fromEntries(needed) } : {};
}
