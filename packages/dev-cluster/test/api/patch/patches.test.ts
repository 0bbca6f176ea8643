import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonPatch } from "../../../src/api/patch/json-patch.ts";
import { mergePatch } from "../../../src/api/patch/merge-patch.ts";
import { strategicMergePatch } from "../../../src/api/patch/strategic-merge-patch.ts";

const letter = fc.constantFrom("a", "b", "c");
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.dictionary(letter, tie("value"), { noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
})).value;
const object = fc.dictionary(letter, json, { noNullPrototype: true });

describe("a merge patch", () => {
  test.each([
    [{ a: 1, b: 2 }, { b: 3 }, { a: 1, b: 3 }],
    [{ a: 1, b: 2 }, { b: null }, { a: 1 }],
    [{ a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{ a: "text" }, { a: { b: { c: null } } }, { a: { b: {} } }],
    [{}, { a: null }, {}],
  ])("on %j of %j gives %j", (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result));

  test("twice is the same as once, and leaves its target alone", () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const before = structuredClone(target);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(target).toEqual(before);
      }),
    );
  });
});

describe("a JSON patch", () => {
  const target = { a: [1, 2, 3], m: { "x/y": 1, "~": 2 } };
  test.each([
    [[{ op: "add", path: "/a/1", value: 9 }], { ...target, a: [1, 9, 2, 3] }],
    [[{ op: "add", path: "/a/-", value: 9 }], { ...target, a: [1, 2, 3, 9] }],
    [[{ op: "remove", path: "/a/0" }], { ...target, a: [2, 3] }],
    [[{ op: "replace", path: "/m/x~1y", value: 5 }], { ...target, m: { "x/y": 5, "~": 2 } }],
    [[{ op: "remove", path: "/m/~0" }], { ...target, m: { "x/y": 1 } }],
    [[{ op: "move", from: "/a/0", path: "/b" }], { ...target, a: [2, 3], b: 1 }],
    [[{ op: "copy", from: "/m", path: "/m2" }], { ...target, m2: target.m }],
    [
      [
        { op: "test", path: "/a", value: [1, 2, 3] },
        { op: "add", path: "", value: 0 },
      ],
      0,
    ],
  ])("%j", (operations, result) => expect(jsonPatch(target, operations)).toEqual(result));

  test.each([
    [{ op: "test", path: "/a/0", value: 2 }, "testing value /a/0 failed"],
    [{ op: "remove", path: "/z" }, 'the path "/z"'],
    [{ op: "replace", path: "/a/3", value: 1 }, 'the path "/a/3"'],
    [{ op: "add", path: "/a/4", value: 1 }, 'the path "/a/4"'],
    [{ op: "add", path: "/z/y", value: 1 }, 'the path "/z"'],
    [{ op: "add", path: "a", value: 1 }, "no JSON pointer"],
    [{ op: "frob", path: "/a" }, "Unexpected kind: frob"],
    [{ path: 1 }, "each operation"],
  ])("%j is refused", (operation, message) => expect(() => jsonPatch(target, [operation])).toThrow(message));

  test("copies no more than fits into a request, however often it doubles what there is", () => {
    const copies = Array.from({ length: 16 }, (_, index) => ({ op: "copy", from: "/a", path: `/a/${index}` }));
    expect(() => jsonPatch({ a: { b: "x".repeat(100) } }, copies)).toThrow("exceeding the limit 3145728");
    expect(jsonPatch({ a: { b: "x" } }, copies.slice(0, 3))).toHaveProperty("a.2.1.0.b", "x");
  });

  test("adds what it then finds, and takes it away again", () => {
    fc.assert(
      fc.property(object, fc.string(), json, (before, name, value) => {
        const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        fc.pre(!Object.hasOwn(before, name));
        const added = jsonPatch(before, [
          { op: "add", path, value },
          { op: "test", path, value },
        ]);
        expect(jsonPatch(added, [{ op: "remove", path }])).toEqual(before);
      }),
    );
  });
});

describe("a strategic merge patch", () => {
  const pod = {
    spec: {
      containers: [
        {
          name: "a",
          image: "a:1",
          env: [
            { name: "X", value: "1" },
            { name: "Y", value: "2" },
          ],
        },
        { name: "b", image: "b:1" },
      ],
      tolerations: [{ key: "t" }],
    },
    metadata: { finalizers: ["f/1"] },
  };
  const spec = (changes: object) => ({ ...pod, spec: { ...pod.spec, ...changes } });
  const [a, b] = pod.spec.containers;

  test.each([
    [
      "merges containers and their environment by name",
      {
        spec: {
          containers: [
            {
              name: "a",
              env: [
                { name: "Y", value: "3" },
                { name: "Z", value: "4" },
              ],
            },
          ],
        },
      },
      spec({
        containers: [
          {
            ...a,
            env: [
              { name: "X", value: "1" },
              { name: "Y", value: "3" },
              { name: "Z", value: "4" },
            ],
          },
          b,
        ],
      }),
    ],
    ["deletes one element", { spec: { containers: [{ name: "a", $patch: "delete" }] } }, spec({ containers: [b] })],
    [
      "replaces the whole list",
      { spec: { containers: [{ $patch: "replace" }, { name: "c" }] } },
      spec({ containers: [{ name: "c" }] }),
    ],
    [
      "replaces a list that has no merge key",
      { spec: { tolerations: [{ key: "u" }] } },
      spec({ tolerations: [{ key: "u" }] }),
    ],
    [
      "orders a list",
      { spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] } },
      spec({ containers: [b, a] }),
    ],
    [
      "orders what it adds",
      {
        spec: {
          "$setElementOrder/containers": [{ name: "c" }, { name: "a" }, { name: "b" }],
          containers: [{ name: "c" }],
        },
      },
      spec({ containers: [{ name: "c" }, a, b] }),
    ],
    [
      "adds to the finalizers",
      { metadata: { finalizers: ["f/2", "f/1"] } },
      { ...pod, metadata: { finalizers: ["f/1", "f/2"] } },
    ],
    [
      "deletes from the finalizers",
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["f/1"] } },
      { ...pod, metadata: { finalizers: [] } },
    ],
    ["deletes a field", { spec: { tolerations: null } }, { ...pod, spec: { containers: pod.spec.containers } }],
    ["replaces an object", { metadata: { $patch: "replace", name: "x" } }, { ...pod, metadata: { name: "x" } }],
  ])("%s", (_what, patch, result) => expect(strategicMergePatch(pod, patch)).toEqual(result));

  test("keeps only the named keys where it says so", () => {
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } };
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(strategicMergePatch({ spec: { strategy } }, patch)).toEqual({ spec: { strategy: { type: "Recreate" } } });
  });

  test("merges the ports of containers by number and those of services by port", () => {
    const ports = (key: string) => [{ [key]: 80, name: "a" }];
    const patch = (key: string) => [{ [key]: 80, name: "b" }, { [key]: 81 }];
    expect(strategicMergePatch({ spec: { ports: ports("port") } }, { spec: { ports: patch("port") } })).toEqual({
      spec: { ports: patch("port") },
    });
    const inPod = (list: object) => ({ spec: { containers: [{ name: "a", ports: list }] } });
    expect(strategicMergePatch(inPod(ports("containerPort")), inPod(patch("containerPort")))).toEqual(
      inPod(patch("containerPort")),
    );
  });

  test("merges conditions by type", () => {
    const status = (...conditions: readonly object[]) => ({ status: { conditions } });
    const before = status({ type: "Ready", status: "False", reason: "x" }, { type: "Other", status: "True" });
    const after = status({ type: "Ready", status: "True", reason: "x" }, { type: "Other", status: "True" });
    expect(strategicMergePatch(before, status({ type: "Ready", status: "True" }))).toEqual(after);
  });

  test("refuses an element without its key", () => {
    expect(() => strategicMergePatch(pod, { spec: { containers: [{ image: "x" }] } })).toThrow(
      "does not contain declared merge key: name",
    );
  });

  test("without lists is a merge patch", () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.constant(null),
        fc.dictionary(letter, tie("value"), { noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(object, fc.dictionary(letter, plain, { noNullPrototype: true }), (target, patch) => {
        expect(strategicMergePatch(target, patch)).toEqual(mergePatch(target, patch));
      }),
    );
  });
});
