import type { MountPlan } from "./mount-plan.ts";
import type { View } from "./view.ts";

/**
 * What bubblewrap is told to make a view. One with a root of its own is made below `root`, a directory in the host's tree,
 * so that the host's programs are still there to enter it with; one of the host's tree is made in its place.
 *
 * @see https://github.com/containers/bubblewrap
 */
export function bubblewrapArguments(
  view: Pick<View, "root" | "hostname">,
  plan: MountPlan,
  root: string,
): readonly string[] {
  return [
    ...(view.hostname === undefined ? [] : ["--unshare-uts", "--hostname", view.hostname]),
    ...(view.root ? ["--dev-bind", "/", "/", ...ownFileSystems(root)] : hostTree(plan)),
    ...plan.mounts.flatMap(({ source, target, readOnly }) => [
      readOnly ? "--ro-bind" : "--bind",
      source,
      `${root}${target}`,
    ]),
    ...plan.directories.flatMap(({ path, mode }) => [
      ...(mode === undefined ? [] : ["--perms", mode.toString(8)]),
      "--dir",
      `${root}${path}`,
    ]),
    ...(view.root?.readOnly ? ["--remount-ro", root] : []),
  ];
}

/** What every container finds, whatever its image has. Processes are those of the host. */
function ownFileSystems(root: string): readonly string[] {
  const mounts = [
    ["--proc", `${root}/proc`],
    ["--ro-bind-try", "/sys", `${root}/sys`],
    ["--dev", `${root}/dev`],
    // Terminals are the host's, so that a program can ask for the name of its own.
    ["--dev-bind-try", "/dev/pts", `${root}/dev/pts`],
    ["--perms", "1777", "--tmpfs", `${root}/dev/shm`],
  ];
  return mounts.flat();
}

/** Everything of the host. A directory in which something is missing is one in memory, with the host's entries in it. */
function hostTree({ opened }: MountPlan): readonly string[] {
  const root = opened.some(({ path }) => path === "/") ? [] : ["--dev-bind", "/", "/"];
  const directories = opened.flatMap(({ path, mode, entries }) => [
    ...(path === "/" ? [] : ["--perms", mode.toString(8), "--tmpfs", path]),
    ...entries.flatMap((entry) =>
      entry.link === undefined ? ["--dev-bind-try", entry.path, entry.path] : ["--symlink", entry.link, entry.path],
    ),
  ]);
  return [...root, ...directories];
}
