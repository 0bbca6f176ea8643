import fc from "fast-check";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveIn, withMount } from "../../src/views/tree.ts";
import { treeOf } from "./written-tree.ts";

const tree = treeOf(
  "/bin/sh",
  "/run/",
  "/var/run -> /run",
  "/var/lock -> ../run/lock",
  "/up -> ../../../bin",
  "/loop -> loop",
  "/gone -> /none/x",
);

describe("a path in a tree", () => {
  test.each([
    ["/", "/", "directory"],
    ["/bin/../bin//./sh", "/bin/sh", "file"],
    ["/var/run/secrets/x", "/run/secrets/x", undefined],
    ["/var/lock/y", "/run/lock/y", undefined],
    ["/up/sh", "/bin/sh", "file"],
    ["/../../bin", "/bin", "directory"],
    ["/gone", "/none/x", undefined],
    ["/none/../bin", "/bin", "directory"],
  ])("%s leads to %s, %s", (path, at, type) => {
    expect(resolveIn(tree, path)).toEqual({ path: at, type });
  });

  test.each([
    ["/bin/sh/x", "/bin/sh is not a directory"],
    ["/loop", "/loop leads through too many links"],
  ])("%s leads nowhere", (path, message) => {
    expect(() => resolveIn(tree, path)).toThrow(message);
  });

  test.each(["/var/run", "/up", "/../x", "/gone"])("%s is not followed where it must not lead out", (path) => {
    expect(() => resolveIn(tree, path, { isStrict: true })).toThrow("leads out of its directory");
  });

  test("leads through what is mounted", () => {
    const mounted = withMount(tree, "/run", treeOf("/link -> /bin/sh", "/file"));
    expect(resolveIn(mounted, "/var/run/file")).toEqual({ path: "/run/file", type: "file" });
    expect(resolveIn(mounted, "/var/run/link")).toEqual({ path: "/bin/sh", type: "file" });
  });

  test("has no link in it once it is followed, whatever links there are", () => {
    const part = fc.constantFrom("a", "b", "c", "..", ".", "");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const name = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 });
    const links = fc.array(fc.tuple(name, path), { maxLength: 6 });
    fc.assert(
      fc.property(links, path, (made, asked) => {
        const linked = treeOf("/a/", "/b/", ...made.map(([at, to]) => `/${at.join("/")} -> ${to || "."}`));
        try {
          const place = resolveIn(linked, asked);
          expect(place.path).toBe(posix.normalize(place.path));
          for (let at = place.path; at !== "/"; at = posix.dirname(at)) expect(linked.typeOf(at)).not.toBe("link");
        } catch (error) {
          expect((error as Error).message).toMatch(/too many links|not a directory/);
        }
      }),
    );
  });
});
