import type { ViewTools } from "./view-tools.ts";
import type { View, ViewUser } from "./view.ts";

/** What has to be known of a view to start a process in it. */
export interface EnteredView {
  /** Where its root is in the host's tree of its mount namespace; absent: that tree is the view. */
  readonly root?: string;
  readonly user: ViewUser;
  readonly inUserNamespace: View["inUserNamespace"];
  readonly hostname?: string;
}

export interface EnterOptions {
  readonly tools: ViewTools;
  /** A process that is in the view's namespaces. */
  readonly pid: number;
  /** A path of the view, without links. */
  readonly workingDirectory: string;
  /** Whether that process is one of the container's, and not the one that the view was made by. */
  readonly isOfContainer: boolean;
}

/**
 * The program and arguments that start a command in a view, as its user. Each of these programs becomes the next one, so that
 * the process that is started is the command in the end: it gets its own signals, and its exit is its own.
 */
export function enterView(
  view: EnteredView,
  command: readonly string[],
  options: EnterOptions,
): readonly [string, ...string[]] {
  if (!isMapped(view)) return [...joined(view, options), ...asUser(view, options), ...command];
  return [...(options.isOfContainer ? mappedAgain(view, options) : mapped(view, options)), ...command];
}

/**
 * Whether a container has a user namespace of its own in that of the view, in which the node's user has the number that it
 * asks for. It has the others of its own then, too, as those of the view can be entered by its root only.
 */
export function isMapped({ inUserNamespace, user }: EnteredView): boolean {
  return inUserNamespace && (user.uid !== 0 || user.gid !== 0);
}

function joined(
  { inUserNamespace, hostname }: EnteredView,
  { tools, pid }: EnterOptions,
): readonly [string, ...string[]] {
  const user = inUserNamespace ? ["--user", "--preserve-credentials"] : [];
  const name = hostname === undefined ? [] : ["--uts"];
  return [tools.nsenter, `--target=${pid}`, ...user, "--mount", ...name, "--"];
}

/** By the numbers that the host knows it by, or as the root of a user namespace. */
function asUser(
  { root, user, inUserNamespace }: EnteredView,
  { tools, workingDirectory }: EnterOptions,
): readonly string[] {
  const { uid, gid, groups, capabilities, noNewPrivileges } = user;
  const further = groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups";
  const flags = [
    ...(inUserNamespace ? [] : [`--regid=${gid}`, further]),
    ...(capabilities ? ["--inh-caps=-all", `--bounding-set=${bounds(capabilities, uid)}`] : []),
    ...(noNewPrivileges ? ["--no-new-privs"] : []),
  ];
  const place = [...(root ? [`--root=${root}`] : []), `--wd=${root ?? ""}${workingDirectory}`];
  return [
    ...(flags.length > 0 ? [tools.setpriv, ...flags, "--"] : []),
    tools.nsenter,
    ...place,
    ...(inUserNamespace ? [] : [`--setuid=${uid}`]),
    "--",
  ];
}

/** With those that are needed to change the root and the user after all others have been given up. */
function bounds(capabilities: readonly string[], uid: number): string {
  const kept = new Set([...capabilities, "sys_chroot", ...(uid === 0 ? [] : ["setuid"])]);
  return ["-all", ...[...kept].map((name) => `+${name}`)].join(",");
}

function mapped(view: EnteredView, options: EnterOptions): readonly [string, ...string[]] {
  const { root, user, hostname } = view;
  const { tools, workingDirectory } = options;
  const namespaces = ["--user", "--mount", ...(hostname === undefined ? [] : ["--uts"])];
  const numbers = [`--map-user=${user.uid}`, `--map-group=${user.gid}`];
  const place = [...(root ? [`--root=${root}`] : []), `--wd=${workingDirectory}`];
  return [...joined(view, options), ...limited(view, tools), tools.unshare, ...namespaces, ...numbers, ...place, "--"];
}

/** In one step: after the first, nothing may be entered any more. */
function mappedAgain(
  view: EnteredView,
  { tools, pid, workingDirectory }: EnterOptions,
): readonly [string, ...string[]] {
  const namespaces = ["--user", "--preserve-credentials", "--mount", ...(view.hostname === undefined ? [] : ["--uts"])];
  const place = ["--root", `--wd=/proc/${pid}/root${workingDirectory}`];
  const entering = [tools.nsenter, `--target=${pid}`, ...namespaces, ...place, "--"] as const;
  const [first, ...rest] = [...limited(view, tools), ...entering];
  return [first ?? tools.nsenter, ...rest];
}

function limited({ user }: EnteredView, { setpriv }: ViewTools): readonly string[] {
  return user.noNewPrivileges ? [setpriv, "--no-new-privs", "--"] : [];
}
