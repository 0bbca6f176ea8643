import { posix } from "node:path";
import type { Tree } from "../../src/views/tree.ts";

/** A tree of what stands here: `/` at the end is a directory, `->` a link. */
export function treeOf(...entries: readonly string[]): Tree {
  const found = new Map<string, string | undefined>([["/", undefined]]);
  const add = (path: string, link?: string) => {
    for (let parent = posix.dirname(path); parent !== "/"; parent = posix.dirname(parent)) {
      if (!found.has(parent)) found.set(parent, undefined);
    }
    found.set(path, link);
  };
  for (const entry of entries) {
    const [path = "", link] = entry.split(" -> ");
    add(path.replace(/\/$/, ""), link ?? (path.endsWith("/") ? undefined : ""));
  }
  return {
    typeOf(path) {
      if (!found.has(path)) return undefined;
      const link = found.get(path);
      return link === undefined ? "directory" : link === "" ? "file" : "link";
    },
    linkOf: (path) => found.get(path) ?? "",
    modeOf: (path) => (path.endsWith("tmp") ? 0o1777 : 0o755),
    namesIn: (path) =>
      [...found.keys()]
        .filter((each) => each !== "/" && posix.dirname(each) === path)
        .map((each) => posix.basename(each)),
  };
}
