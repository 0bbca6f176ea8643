import { describe, expect, test } from "vitest";
import { gateOf } from "../../src/job/gates.ts";
import { jobIdOf, jobPrefixOf, ownerMeta, tagsOf } from "../../src/job/identity.ts";

const owner = { clusterId: "cluster-1", nodeName: "nomad-1" };
const pod = { namespace: "default", name: "web", uid: "0a1b" };

describe("a job's ID", () => {
  test("is the pod's alone", () => {
    const others = [
      jobIdOf(owner, { ...pod, uid: "0a1c" }),
      jobIdOf(owner, { ...pod, namespace: "other" }),
      jobIdOf({ ...owner, nodeName: "nomad-2" }, pod),
      jobIdOf({ ...owner, clusterId: "cluster-2" }, pod),
    ];
    expect(new Set([jobIdOf(owner, pod), ...others]).size).toBe(5);
    expect(jobIdOf(owner, pod)).toBe(jobIdOf({ ...owner }, { ...pod }));
  });

  test("begins as all of its node's, and no other node's, do", () => {
    expect(jobIdOf(owner, pod).startsWith(jobPrefixOf(owner))).toBe(true);
    expect(jobPrefixOf({ clusterId: "cluster-1n", nodeName: "omad-1" })).not.toBe(jobPrefixOf(owner));
  });

  test("leaves room for the longest container in the path of its gate", () => {
    const id = jobIdOf(owner, { namespace: "n".repeat(63), name: "p.q".repeat(80), uid: "u".repeat(36) });
    expect(gateOf(id, "c".repeat(63)).Path).toMatch(/^[a-zA-Z0-9-_~/]{1,128}$/);
  });
});

test("a job's meta tells whose it is", () => {
  const tags = { owner, pod: { ...pod, name: "Ünusual name" }, revision: "v1:abc" };
  expect(tagsOf({ ...ownerMeta(tags), vk_pod: "{}" })).toEqual(tags);
  expect(tagsOf({ owner: "team" })).toBeUndefined();
});
