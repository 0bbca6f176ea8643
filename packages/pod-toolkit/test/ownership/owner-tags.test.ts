import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TagRules, decodeOwnerTags, encodeOwnerTags } from "../../src/ownership/owner-tags.ts";
import type { OwnerTags } from "../../src/ownership/pod-owner.ts";

const tags: OwnerTags = {
  owner: { clusterId: "7d1c", nodeName: "node-1" },
  pod: { namespace: "default", name: "web-0", uid: "1111-2222" },
  revision: "v1:abc",
};
const labels: TagRules = { prefix: "vk_", maxValueLength: 63, allowedInValue: /[a-z0-9_-]/ };

const text = fc.oneof(
  fc.string({ maxLength: 300, unit: "binary" }),
  fc.stringMatching(/^[a-z0-9-]{1,80}$/),
  fc.stringMatching(/^hex[0-9a-f]{2,12}$/),
);
const anyTags: fc.Arbitrary<OwnerTags> = fc
  .record({ owner: fc.tuple(text, text), pod: fc.tuple(text, text, text), revision: fc.option(text) })
  .map(({ owner: [clusterId, nodeName], pod: [namespace, name, uid], revision }) => ({
    owner: { clusterId, nodeName },
    pod: { namespace, name, uid },
    ...(revision === null ? {} : { revision }),
  }));

describe("encodeOwnerTags", () => {
  test("leaves values readable that the backend takes as they are", () => {
    expect(encodeOwnerTags(tags, { prefix: "vk_", maxValueLength: 256 })).toEqual({
      vk_cluster: "7d1c",
      vk_node: "node-1",
      vk_namespace: "default",
      vk_name: "web-0",
      vk_uid: "1111-2222",
      vk_revision: "v1:abc",
    });
  });

  test("writes others in digits, over several tags when needed", () => {
    const long = { ...tags, pod: { ...tags.pod, name: "a".repeat(40) } };
    const encoded = encodeOwnerTags(long, { ...labels, maxValueLength: 35 });
    expect(encoded["vk_revision"]).toMatch(/^hex01[0-9a-f]{16}$/);
    expect(
      Object.keys(encoded)
        .filter((key) => key.startsWith("vk_name"))
        .toSorted(),
    ).toEqual(["vk_name", "vk_name2", "vk_name3", "vk_namespace"]);
  });

  test("says when nothing can be written by the rules", () => {
    expect(() => encodeOwnerTags(tags, { ...labels, maxValueLength: 15 })).toThrow("at least 16 characters");
    expect(() => encodeOwnerTags(tags, { ...labels, allowedInValue: /[A-Z0-9]/ })).toThrow("small letters");
  });

  test("keeps to the rules and is read again as it was, whatever a pod is called", () => {
    const lengths = fc.integer({ min: 16, max: 300 });
    const allowed = fc.constantFrom(/[a-z0-9]/, /[a-z0-9_-]/, /[ -~]/);
    fc.assert(
      fc.property(anyTags, lengths, allowed, (any, maxValueLength, allowedInValue) => {
        const rules = { prefix: "vk-", maxValueLength, allowedInValue };
        const encoded = encodeOwnerTags(any, rules);
        for (const value of Object.values(encoded)) {
          expect(value.length).toBeLessThanOrEqual(maxValueLength);
          expect(value).toMatch(new RegExp(`^${allowedInValue.source}+$`));
        }
        expect(decodeOwnerTags({ ...encoded, other: "tag" }, rules)).toEqual(any);
      }),
    );
  });
});

describe("decodeOwnerTags", () => {
  const long = { ...tags, pod: { ...tags.pod, name: "a".repeat(100) } };
  const encoded = encodeOwnerTags(long, labels);

  test("reads what is not ours as nothing", () => {
    expect(decodeOwnerTags({}, labels)).toBeUndefined();
    expect(decodeOwnerTags({ vk_name: "web-0", vk_uid: "u" }, labels)).toBeUndefined();
    expect(decodeOwnerTags(encodeOwnerTags(tags, { ...labels, prefix: "other_" }), labels)).toBeUndefined();
  });

  test.each([
    ["a piece is lost", { vk_name2: undefined }],
    ["a piece is cut", { vk_name2: encoded["vk_name2"]?.slice(0, -2) }],
    ["a piece is changed", { vk_name2: encoded["vk_name2"]?.replace("6", "7") }],
    ["a piece is no digits", { vk_name2: "web" }],
    ["a field is lost", { vk_uid: undefined }],
    ["a field is empty", { vk_node: "" }],
  ])("is nothing when %s", (_, change) => {
    const damaged = Object.fromEntries(
      Object.entries({ ...encoded, ...change }).filter(([, value]) => value !== undefined),
    );
    expect(decodeOwnerTags(damaged as Record<string, string>, labels)).toBeUndefined();
  });

  test("does without a revision that is damaged", () => {
    const { revision: _revision, ...rest } = long;
    expect(decodeOwnerTags({ ...encoded, vk_revision: "hex01ff" }, labels)).toEqual(rest);
  });

  test("is not misled by what a longer value has left behind", () => {
    const shorter = encodeOwnerTags(tags, labels);
    expect(decodeOwnerTags({ ...encoded, ...shorter }, labels)).toEqual(tags);
  });
});
