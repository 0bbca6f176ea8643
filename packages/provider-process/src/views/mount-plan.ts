import { posix } from "node:path";
import { type Place, type Tree, resolveIn, withMount } from "./tree.ts";
import type { View } from "./view.ts";

/** One thing that is put into a view. */
export interface PlannedMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** What a view is made of, in order. Targets have no links in them. */
export interface MountPlan {
  /** Directories of the host's tree that are shown as they are, but in which something has to be that the host does not have. */
  readonly opened: readonly OpenedDirectory[];
  /** Directories that must be there; with a mode where it is not the usual one. */
  readonly directories: readonly PlannedDirectory[];
  readonly mounts: readonly PlannedMount[];
  /** Where the container begins. */
  readonly workingDirectory: string;
}

export interface PlannedDirectory {
  readonly path: string;
  readonly mode?: number;
}

/** A directory of which the entries are shown one by one. */
export interface OpenedDirectory {
  readonly path: string;
  readonly mode: number;
  readonly entries: readonly OpenedEntry[];
}

export interface OpenedEntry {
  readonly path: string;
  /** Where it leads, when it is a link. */
  readonly link?: string;
}

export interface PlanOptions {
  /** What is at the root before anything is mounted: the image's directory, or the host. */
  readonly base: Tree;
  readonly workingDirectory: string;
  /** What is at a path of the host. */
  treeAt(path: string): Tree;
}

/** What has a file system of its own in every view with a root of its own: an image's links there mean nothing. */
const ownFileSystems: readonly string[] = ["/proc", "/sys", "/dev"];

const emptyDirectory: Tree = {
  typeOf: (path) => (path === "/" ? "directory" : undefined),
  linkOf: (path) => path,
  namesIn: () => [],
  modeOf: () => 0o755,
};

/** Decides how a view is put together: where links lead, and what has to be made for it. */
export function mountPlan(view: Pick<View, "root">, mounts: readonly PlannedMount[], options: PlanOptions): MountPlan {
  const { base, workingDirectory } = options;
  const opened = new Set<string>();
  const directories: PlannedDirectory[] = [];
  const planned: PlannedMount[] = [];
  let tree = view.root ? ownFileSystems.reduce((seen, path) => withMount(seen, path, emptyDirectory), base) : base;
  for (const { source, target, readOnly } of mounts) {
    const place = resolveIn(tree, target);
    if (place.path === "/") throw new Error(`nothing can be mounted at "${target}": it is the root`);
    if (!view.root && place.type === undefined) {
      const parent = existingParent(tree, place.path);
      // What is inside of another mount is made there.
      if (!planned.some((other) => isWithin(parent, other.target))) opened.add(parent);
    }
    const mounted = options.treeAt(source);
    requireSameKind(place, mounted.typeOf("/") === "directory");
    planned.push({ source, target: place.path, readOnly });
    tree = withMount(tree, place.path, mounted);
  }
  const start = resolveIn(tree, workingDirectory);
  if (view.root) directories.push({ path: resolveIn(tree, "/tmp").path, mode: 0o1777 });
  if (view.root && start.type === undefined) directories.push({ path: start.path });
  return {
    opened: [...opened].toSorted().map((path) => openedDirectory(base, path)),
    directories,
    mounts: planned,
    workingDirectory: start.path,
  };
}

function requireSameKind({ path, type }: Place, isDirectory: boolean): void {
  if (type === undefined || (type === "directory") === isDirectory) return;
  const [what, where] = isDirectory ? ["a directory", "a file"] : ["a file", "a directory"];
  throw new Error(`${what} cannot be mounted at "${path}": it is ${where}`);
}

function existingParent(tree: Tree, path: string): string {
  let parent = posix.dirname(path);
  while (tree.typeOf(parent) === undefined) parent = posix.dirname(parent);
  return parent;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function openedDirectory(base: Tree, path: string): OpenedDirectory {
  const entries = base.namesIn(path).map((name): OpenedEntry => {
    const entry = posix.join(path, name);
    return base.typeOf(entry) === "link" ? { path: entry, link: base.linkOf(entry) } : { path: entry };
  });
  return { path, mode: base.modeOf(path), entries };
}
