import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NameRules, backendName } from "../../src/ownership/backend-name.ts";

const owner = { clusterId: "c1", nodeName: "node-1" };
const pod = { namespace: "default", name: "web-0", uid: "11111111-2222-3333-4444-555555555555" };
const rules: NameRules = { maxLength: 63, allowed: /[a-z0-9-]/, prefix: "vk-" };

const text = fc.string({ maxLength: 300 });
const pods = fc.record({ namespace: text, name: text, uid: text });
const owners = fc.record({ clusterId: text, nodeName: text });

describe("backendName", () => {
  test("shows the pod's namespace and name, and is the same each time", () => {
    expect(backendName(owner, pod, rules)).toBe("vk-default-web-0-nogt840iab");
    expect(backendName({ ...owner }, { ...pod }, rules)).toBe(backendName(owner, pod, rules));
  });

  test.each<[NameRules, RegExp]>([
    [{ maxLength: 24, allowed: /[a-z0-9-]/ }, /^default-web-0-[0-9a-v]{10}$/],
    [{ maxLength: 20, allowed: /[a-z0-9-]/ }, /^default-w-[0-9a-v]{10}$/],
    [{ maxLength: 19, allowed: /[a-z0-9-]/ }, /^default-[0-9a-v]{10}$/],
    [{ maxLength: 10, allowed: /[a-z0-9-]/ }, /^[0-9a-v]{10}$/],
    [{ maxLength: 40, allowed: /\w/g, prefix: "Vk_" }, /^Vk_default_web_0_[0-9a-v]{10}$/],
    [{ maxLength: 40, allowed: /[0-9a-z]/ }, /^defaultweb0[0-9a-v]{10}$/],
  ])("fits into %j", (narrow, expected) => {
    expect(backendName(owner, pod, narrow)).toMatch(expected);
  });

  test.each<NameRules>([
    { maxLength: 9, allowed: /[a-z0-9-]/ },
    { maxLength: 40, allowed: /[A-Z]/ },
    { maxLength: 40, allowed: /[a-z0-9]/, prefix: "vk-" },
  ])("says that no name can be made by %j", (impossible) => {
    expect(() => backendName(owner, pod, impossible)).toThrow("No name can be made by these rules");
  });

  test("keeps to length and characters, whatever the pod is called", () => {
    const lengths = fc.integer({ min: 13, max: 80 });
    fc.assert(
      fc.property(owners, pods, lengths, (anyOwner, anyPod, maxLength) => {
        const name = backendName(anyOwner, anyPod, { ...rules, maxLength });
        expect(name.length).toBeLessThanOrEqual(maxLength);
        expect(name).toMatch(/^vk-([a-z0-9]+-)*[0-9a-v]{10}$/);
      }),
    );
  });

  test("is never shared by two pods, however short it is", () => {
    const short: NameRules = { maxLength: 10, allowed: /[a-z0-9]/ };
    fc.assert(
      fc.property(owners, pods, owners, pods, (ownerA, podA, ownerB, podB) => {
        const isSame = JSON.stringify([ownerA, podA]) === JSON.stringify([ownerB, podB]);
        expect(backendName(ownerA, podA, short) === backendName(ownerB, podB, short)).toBe(isSame);
      }),
    );
  });

  test.each([
    [{ ...pod, uid: "other" }, owner],
    [{ ...pod, namespace: "defaul", name: "tweb-0" }, owner],
    [{ ...pod, namespace: "default-web", name: "0" }, owner],
    [pod, { ...owner, nodeName: "node-2" }],
    [pod, { clusterId: "c1n", nodeName: "ode-1" }],
  ])("tells %j of %j from its likes", (anotherPod, anotherOwner) => {
    expect(backendName(anotherOwner, anotherPod, rules)).not.toBe(backendName(owner, pod, rules));
  });
});
