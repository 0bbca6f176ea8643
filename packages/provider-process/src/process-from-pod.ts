import { type Container, type Pod, expandVariables } from "@virtual-kubelet/kubernetes";
import { type Variable, ProviderError } from "@virtual-kubelet/provider";
import type { ProcessSpec } from "./protocol/messages.ts";

/** What a container's process is made from. */
export interface ProcessSource {
  readonly pod: Pod;
  readonly container: Container;
  /** Resolved for this start, in order. */
  readonly environment: readonly Variable[];
  /** What the host lends: `PATH`, say. The container's own variables win. */
  readonly hostEnvironment: Readonly<Record<string, string>>;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The process that a container is. `InvalidInput` when it names no command: there is no image to take one from. */
export function processFromPod({ pod, container, environment, hostEnvironment }: ProcessSource): ProcessSpec {
  const own = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
  const expand = (text: string) => expandVariables(text, (name) => (Object.hasOwn(own, name) ? own[name] : undefined));
  const [program, ...rest] = [...(container.command ?? [])].map(expand);
  if (!program) throw new ProviderError("InvalidInput", missingCommand(container.name));
  const user = userOf(pod, container);
  const writtenProgram = container.command?.[0];
  return {
    command: [program, ...rest, ...(container.args ?? []).map(expand)],
    ...(writtenProgram !== undefined && writtenProgram !== program ? { writtenProgram } : {}),
    environment: {
      PATH: defaultPath,
      HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
      ...(container.tty ? { TERM: "xterm" } : {}),
      ...hostEnvironment,
      ...own,
    },
    ...(container.workingDir ? { workingDirectory: container.workingDir } : {}),
    ...(user ? { user } : {}),
    tty: container.tty ?? false,
    ...(container.stdin ? { stdin: container.stdinOnce ? "once" : "many" } : {}),
  };
}

export function missingCommand(name: string): string {
  return `Container "${name}" has no command: this node runs processes of its host and pulls no images, so set \`command\`.`;
}

/** Whom a container asks to run as; its group is the user's own number unless it names one. */
export function userOf({ spec }: Pod, { securityContext }: Container): ProcessSpec["user"] {
  const uid = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  if (uid === undefined) return undefined;
  return { uid, gid: securityContext?.runAsGroup ?? spec.securityContext?.runAsGroup ?? uid };
}
