import { type Container, type Pod, expandVariables } from "@virtual-kubelet/kubernetes";
import { type Variable, ProviderError } from "@virtual-kubelet/provider";
import { imageCommand } from "./images/image-command.ts";
import type { Image } from "./images/image.ts";
import type { ProcessSpec } from "./protocol/messages.ts";
import { podHostname } from "./views/from-pod/pod-hostname.ts";
import type { View } from "./views/view.ts";

/** What a container's process is made from. */
export interface ProcessSource {
  readonly pod: Pod;
  readonly container: Container;
  /** Resolved for this start, in order. */
  readonly environment: readonly Variable[];
  /** What the host lends: `PATH`, say. The container's own variables win. */
  readonly hostEnvironment: Readonly<Record<string, string>>;
  /** What its image is here; absent: nothing is said of it, and it is the host itself. */
  readonly image?: Image | undefined;
  /** What it is to see of the file system, and where its user is at home there. */
  readonly view?: View;
  readonly home?: string;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The process that a container is. `InvalidInput` when neither it nor its image names a command. */
export function processFromPod(source: ProcessSource): ProcessSpec {
  const { pod, container, environment, image, view } = source;
  const own = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
  const expand = (text: string) => expandVariables(text, (name) => (Object.hasOwn(own, name) ? own[name] : undefined));
  const { ofImage, own: written } = imageCommand(container, image);
  const [program, ...rest] = [...ofImage, ...written.map(expand)];
  // Arguments alone are run by an image that has no command of its own; nobody knows whether one that is unknown has.
  const isNamed = image !== undefined || (container.command ?? []).length > 0;
  if (!program || !isNamed) throw new ProviderError("InvalidInput", missingCommand(container.name));
  const user = view ? undefined : userOf(pod, container);
  const writtenProgram = ofImage[0] ?? written[0];
  const workingDirectory = container.workingDir || image?.workingDirectory;
  return {
    command: [program, ...rest],
    ...(writtenProgram !== undefined && writtenProgram !== program ? { writtenProgram } : {}),
    environment: { ...givenEnvironment(source), ...own },
    ...(workingDirectory ? { workingDirectory } : {}),
    ...(user ? { user } : {}),
    ...(view ? { view } : {}),
    ...(container.terminationMessagePolicy === "FallbackToLogsOnError" ? { messageFromLogs: true } : {}),
    tty: container.tty ?? false,
    ...(container.stdin ? { stdin: container.stdinOnce ? "once" : "many" } : {}),
  };
}

/** What a container has that the pod does not give it: an image's own root has nothing of the host's. */
function givenEnvironment({
  pod,
  container,
  hostEnvironment,
  image = {},
  home,
}: ProcessSource): ProcessSpec["environment"] {
  return {
    PATH: defaultPath,
    HOSTNAME: podHostname(pod, { searches: [] }).hostname,
    ...(container.tty ? { TERM: "xterm" } : {}),
    ...(image.root === undefined ? hostEnvironment : { HOME: home ?? "/" }),
    ...image.environment,
  };
}

export function missingCommand(name: string): string {
  return `Container "${name}" has no command: this node runs processes of its host and pulls no images, so set \`command\`, or say in the provider's option \`images\` what the image runs.`;
}

/** Whom a container asks to run as; its group is the user's own number unless it names one. Root can have another group, too. */
export function userOf({ spec }: Pod, { securityContext }: Container): ProcessSpec["user"] {
  const gid = securityContext?.runAsGroup ?? spec.securityContext?.runAsGroup;
  const own = gid !== undefined && process.getuid?.() === 0 ? 0 : undefined;
  const uid = securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? own;
  return uid === undefined ? undefined : { uid, gid: gid ?? uid };
}
