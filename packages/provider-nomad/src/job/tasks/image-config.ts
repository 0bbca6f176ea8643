import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { RegistryCredential } from "@virtual-kubelet/provider";
import type { TaskCommand } from "./task-command.ts";
import { configText, variableText } from "../environment/interpolation.ts";
import type { TaskMounts } from "../files/task-mounts.ts";
import { isCapped } from "./task-resources.ts";

export interface ImageTask {
  readonly pod: Pod;
  readonly container: Container;
  readonly command: TaskCommand;
  readonly mounts: TaskMounts;
  readonly credential?: RegistryCredential | undefined;
}

/** The variable of a task that has the password of its image's registry, so that the job does not. */
export const passwordVariable = "VK_REGISTRY_PASSWORD";

/** @see https://developer.hashicorp.com/nomad/docs/drivers/docker */
export function dockerConfig(task: ImageTask): Readonly<Record<string, unknown>> {
  const { container, command, mounts } = task;
  const shm = mounts.memory.find(({ target }) => target === "/dev/shm");
  const memory = mounts.memory.filter((each) => each !== shm);
  return {
    ...imageConfig(task),
    ...(command.command.length > 0 ? { entrypoint: command.command } : {}),
    ...(command.args.length > 0 ? { args: command.args } : {}),
    ...(container.stdin ? { interactive: true } : {}),
    ...(container.workingDir ? { work_dir: configText(container.workingDir) } : {}),
    ...(mounts.binds.length > 0 ? { volumes: mounts.binds.map(bindText) } : {}),
    ...(memory.length > 0 ? { mount: memory.map(tmpfsMount) } : {}),
    ...(shm?.sizeBytes === undefined ? {} : { shm_size: shm.sizeBytes }),
    ...groupsAndEscalation(task),
    ...(task.pod.spec.hostPID ? { pid_mode: "host" } : {}),
    ...(task.pod.spec.hostIPC ? { ipc_mode: "host" } : {}),
  };
}

/** @see https://developer.hashicorp.com/nomad/plugins/drivers/podman */
export function podmanConfig(task: ImageTask): Readonly<Record<string, unknown>> {
  const { container, command, mounts } = task;
  const [entrypoint, ...first] = command.command;
  const shm = mounts.memory.find(({ target }) => target === "/dev/shm");
  const memory = mounts.memory.filter((each) => each !== shm);
  const args = [...first, ...command.args];
  return {
    ...imageConfig(task),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(args.length > 0 ? { args } : {}),
    ...(container.workingDir ? { working_dir: configText(container.workingDir) } : {}),
    ...(mounts.binds.length > 0 ? { volumes: mounts.binds.map(bindText) } : {}),
    ...(memory.length > 0 ? { tmpfs: memory.map(({ target }) => configText(target)) } : {}),
    ...(shm?.sizeBytes === undefined ? {} : { shm_size: String(shm.sizeBytes) }),
  };
}

/** What both drivers call the same. */
function imageConfig({ pod, container, credential }: ImageTask): Readonly<Record<string, unknown>> {
  const { securityContext: security = {} } = container;
  const { add = [], drop = [] } = security.capabilities ?? {};
  const { sysctls = [] } = pod.spec.securityContext ?? {};
  const hosts = (pod.spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }) =>
    hostnames.map((name) => `${name}:${ip}`),
  );
  return {
    image: configText(container.image ?? ""),
    ...(pullsAlways(container) ? { force_pull: true } : {}),
    ...(credential ? { auth: authOf(credential) } : {}),
    ...(container.tty ? { tty: true } : {}),
    ...(hosts.length > 0 ? { extra_hosts: hosts } : {}),
    ...(security.privileged ? { privileged: true } : {}),
    ...(add.length > 0 ? { cap_add: add } : {}),
    ...(drop.length > 0 ? { cap_drop: drop } : {}),
    ...(security.readOnlyRootFilesystem ? { readonly_rootfs: true } : {}),
    ...(isCapped(container) ? { cpu_hard_limit: true } : {}),
    ...(sysctls.length > 0 ? { sysctl: [Object.fromEntries(sysctls.map(({ name, value }) => [name, value]))] } : {}),
  };
}

function groupsAndEscalation({ pod, container }: ImageTask): Readonly<Record<string, unknown>> {
  const { supplementalGroups = [], fsGroup } = pod.spec.securityContext ?? {};
  const groups = [...new Set([...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])])];
  const isFixed = container.securityContext?.allowPrivilegeEscalation === false;
  return {
    ...(groups.length > 0 ? { group_add: groups.map(String) } : {}),
    ...(isFixed ? { security_opt: ["no-new-privileges"] } : {}),
  };
}

/** An image whose tag is `latest`, or that has none, is pulled each time, as the API server has it. */
function pullsAlways({ image = "", imagePullPolicy }: Container): boolean {
  if (imagePullPolicy !== undefined) return imagePullPolicy === "Always";
  return !image.includes("@") && (!/:[^/]*$/.test(image) || image.endsWith(":latest"));
}

function authOf({ registry, username, identityToken }: RegistryCredential): Readonly<Record<string, unknown>> {
  return {
    // Registries take a token as the password of this user.
    username: configText(identityToken === undefined ? (username ?? "") : "<token>"),
    password: variableText(passwordVariable),
    server_address: registry,
  };
}

function bindText({ source, target, readOnly }: TaskMounts["binds"][number]): string {
  return `${configText(source)}:${configText(target)}${readOnly ? ":ro" : ""}`;
}

function tmpfsMount({ target, sizeBytes }: TaskMounts["memory"][number]) {
  const options = sizeBytes === undefined ? {} : { tmpfs_options: { size: sizeBytes } };
  return { type: "tmpfs", target: configText(target), readonly: false, ...options };
}
