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
}

/**
 * The program and arguments that start a command in a view, as its user. Each of these programs becomes the next one, so that
 * the process that is started is the command in the end: it gets its own signals, and its exit is its own.
 */
export function enterView(
  view: EnteredView,
  command: readonly string[],
  { tools, pid, workingDirectory }: EnterOptions,
): readonly [string, ...string[]] {
  const { root, user, inUserNamespace } = view;
  const namespaces = [
    ...(inUserNamespace ? ["--user", "--preserve-credentials"] : []),
    "--mount",
    ...(view.hostname === undefined ? [] : ["--uts"]),
  ];
  const join = [tools.nsenter, `--target=${pid}`, ...namespaces, "--"] as const;
  if (inUserNamespace && (user.uid !== 0 || user.gid !== 0)) {
    return [...join, ...privileges(tools, user, []), ...mapped(tools, view, workingDirectory), ...command];
  }
  const groups = inUserNamespace ? [] : groupsOf(user);
  const place = [...(root ? [`--root=${root}`] : []), `--wd=${root ?? ""}${workingDirectory}`];
  const become = inUserNamespace ? [] : [`--setuid=${user.uid}`];
  return [...join, ...privileges(tools, user, groups), tools.nsenter, ...place, ...become, "--", ...command];
}

/** Needed to change the root and the user after the others have been given up. */
const enteringCapabilities = ["sys_chroot", "setuid"];

function privileges(tools: ViewTools, user: ViewUser, groups: readonly string[]): readonly string[] {
  const { capabilities, noNewPrivileges } = user;
  const kept = [...new Set([...(capabilities ?? []), ...enteringCapabilities])];
  const bounds = capabilities
    ? ["--inh-caps=-all", `--bounding-set=-all,${kept.map((name) => `+${name}`).join(",")}`]
    : [];
  const flags = [...groups, ...bounds, ...(noNewPrivileges ? ["--no-new-privs"] : [])];
  return flags.length > 0 ? [tools.setpriv, ...flags, "--"] : [];
}

function groupsOf({ gid, groups }: ViewUser): readonly string[] {
  const further = groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups";
  return [`--regid=${gid}`, further];
}

/** In a further user namespace, in which the node's user has the number that is asked for. */
function mapped(tools: ViewTools, { root, user }: EnteredView, workingDirectory: string): readonly string[] {
  const numbers = [`--map-user=${user.uid}`, `--map-group=${user.gid}`];
  return [tools.unshare, "--user", ...numbers, ...(root ? [`--root=${root}`] : []), `--wd=${workingDirectory}`, "--"];
}
