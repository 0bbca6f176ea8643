import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { posix } from "node:path";

export type EntryType = "directory" | "file" | "link";

/** A file system as it can be looked at; paths are absolute in it. Nothing follows links. */
export interface Tree {
  /** `undefined` when there is nothing. What is neither a directory nor a link counts as a file. */
  typeOf(path: string): EntryType | undefined;
  linkOf(path: string): string;
  namesIn(path: string): readonly string[];
  /** The permission bits of a directory. */
  modeOf(path: string): number;
}

/** What is below a directory of the host, as if that were the root. */
export function hostTree(root: string): Tree {
  const at = (path: string) => (path === "/" ? root || "/" : `${root === "/" ? "" : root}${path}`);
  return {
    typeOf(path) {
      const stat = lstatSync(at(path), { throwIfNoEntry: false });
      if (!stat) return undefined;
      return stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "file";
    },
    linkOf: (path) => readlinkSync(at(path)),
    namesIn: (path) => readdirSync(at(path)),
    modeOf: (path) => lstatSync(at(path)).mode & 0o7777,
  };
}

/** A tree with another one in one of its places. */
export function withMount(base: Tree, target: string, mounted: Tree): Tree {
  const within = (path: string): string | undefined => {
    if (path === target || target === "/") return path === target ? "/" : path;
    return path.startsWith(`${target}/`) ? path.slice(target.length) : undefined;
  };
  const pick = <T>(path: string, ask: (tree: Tree, path: string) => T): T => {
    const inner = within(path);
    return inner === undefined ? ask(base, path) : ask(mounted, inner);
  };
  return {
    typeOf: (path) => pick(path, (tree, inner) => tree.typeOf(inner)),
    linkOf: (path) => pick(path, (tree, inner) => tree.linkOf(inner)),
    namesIn: (path) => pick(path, (tree, inner) => tree.namesIn(inner)),
    modeOf: (path) => pick(path, (tree, inner) => tree.modeOf(inner)),
  };
}

export interface Place {
  /** Without links. */
  readonly path: string;
  /** `undefined`: nothing is there. */
  readonly type: "directory" | "file" | undefined;
}

/** As many as the kernel follows. */
const mostLinks = 40;

export interface ResolveOptions {
  /** Whether a link may lead to an absolute path, or above the root, which are of this tree then. Absent: it may. */
  readonly isStrict?: boolean;
}

/**
 * Where a path leads in a tree, links followed as if the tree were all there is. What is not there is taken as it is written.
 * Throws when it leads through a file or in circles, and when it is strict also when a link leads out of the tree.
 */
export function resolveIn(tree: Tree, path: string, { isStrict = false }: ResolveOptions = {}): Place {
  const rest = partsOf(path);
  let at = "/";
  let type: Place["type"] = "directory";
  for (let links = 0, part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (type === "file") throw new Error(`${at} is not a directory`);
    if (part === "..") {
      if (isStrict && at === "/") throw new Error(`${path} leads out of its directory`);
      at = posix.dirname(at);
      type = typeAt(tree, at);
      continue;
    }
    const next = posix.join(at, part);
    const found = type === undefined ? undefined : tree.typeOf(next);
    if (found !== "link") {
      at = next;
      type = found;
      continue;
    }
    if (++links > mostLinks) throw new Error(`${path} leads through too many links`);
    const target = tree.linkOf(next);
    if (isStrict && target.startsWith("/")) throw new Error(`${path} leads out of its directory`);
    if (target.startsWith("/")) at = "/";
    rest.unshift(...partsOf(target));
  }
  return { path: at, type };
}

function typeAt(tree: Tree, path: string): Place["type"] {
  const type = tree.typeOf(path);
  return type === "link" ? undefined : type;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
