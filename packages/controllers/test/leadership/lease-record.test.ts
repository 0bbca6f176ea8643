import type { Lease, LeaseSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type Sighting, claimed, microTime, released, sighted, waitMs } from "../../src/leadership/lease-record.ts";

const us = { identity: "us", durationMs: 15_000 };
const now = new Date("2026-01-02T03:04:05.678Z");

function lease(resourceVersion: string, spec: LeaseSpec = {}): Lease {
  return { metadata: { namespace: "kube-node-lease", name: "edge", uid: "1", resourceVersion }, spec };
}

const theirs = (version: string, durationSeconds = 15): Lease =>
  lease(version, { holderIdentity: "them", leaseDurationSeconds: durationSeconds });

/** What is seen when, first to last. */
function seen(...sights: readonly (readonly [atMs: number, lease: Lease | undefined])[]): Sighting {
  return sights.reduce<Sighting | undefined>((before, [atMs, found]) => sighted(before, found, atMs), undefined)!;
}

describe("a candidate", () => {
  test.each<[string, Sighting, number, number]>([
    ["claims a lease that is not there", seen([0, undefined]), 0, 0],
    ["claims a lease that nobody holds", seen([0, lease("1")]), 0, 0],
    ["claims a lease that was given back", seen([0, theirs("1")], [1, lease("2", { holderIdentity: "" })]), 1, 0],
    ["claims a lease that still shows itself", seen([0, lease("1", { holderIdentity: "us" })]), 0, 0],
    [
      "waits for a holder whom it sees for the first time, however old the renewal is",
      seen([7, theirs("1")]),
      7,
      15_000,
    ],
    ["counts from when it first saw the version", seen([0, theirs("1")], [2_000, theirs("1")]), 2_000, 13_000],
    ["counts anew after every renewal", seen([0, theirs("1")], [14_999, theirs("2")]), 14_999, 15_000],
    ["claims what was not renewed for its duration", seen([0, theirs("1")], [15_000, theirs("1")]), 15_000, 0],
    ["waits for as long as the holder has asked, not for its own duration", seen([0, theirs("1", 40)]), 15_000, 25_000],
    ["waits the longest when the holder has not said", seen([0, lease("1", { holderIdentity: "them" })]), 0, 40_000],
    ["waits for a holder whose lease is deleted", seen([0, theirs("1")], [2_000, undefined]), 2_000, 13_000],
    [
      "waits for one who creates it again",
      seen([0, theirs("1")], [2_000, undefined], [3_000, theirs("3")]),
      3_000,
      15_000,
    ],
    [
      "claims a deleted lease when its time is over",
      seen([0, theirs("1")], [2_000, undefined], [15_000, undefined]),
      15_000,
      0,
    ],
  ])("%s", (_, sighting, nowMs, expected) => {
    expect(waitMs(sighting, us, nowMs)).toBe(expected);
  });
});

describe("a claim", () => {
  const renewTime = "2026-01-02T03:04:05.678000Z";
  const held = { holderIdentity: "us", leaseDurationSeconds: 15, renewTime };

  test("of a lease that is not there creates it", () => {
    expect(claimed(undefined, us, { now })).toEqual({
      metadata: {},
      spec: { ...held, acquireTime: renewTime, leaseTransitions: 0 },
    });
  });

  test("of another's lease is good for the version that was seen, and counts the change", () => {
    const before = lease("7", { holderIdentity: "them", leaseTransitions: 2 });
    expect(claimed(before, us, { now })).toEqual({
      metadata: { resourceVersion: "7" },
      spec: { ...held, acquireTime: renewTime, leaseTransitions: 3 },
    });
  });

  test("that is renewed leaves the rest as it is, and says whose the lease is", () => {
    const owner = { apiVersion: "v1", kind: "Node", name: "edge", uid: "2" };
    expect(claimed(lease("8", { holderIdentity: "us" }), us, { now, owner })).toEqual({
      metadata: { resourceVersion: "8", ownerReferences: [owner] },
      spec: held,
    });
  });

  test("that is given back is no sign of life", () => {
    expect(released(lease("9", held))).toEqual({
      metadata: { resourceVersion: "9" },
      spec: { holderIdentity: null },
    });
  });
});

test("a MicroTime has six digits", () => {
  expect(microTime(now)).toBe("2026-01-02T03:04:05.678000Z");
});

test("a renewal is later than the last, whatever our clock says, for only that is a sign of life", () => {
  const ahead = lease("1", { holderIdentity: "them", renewTime: "2026-01-02T04:00:00.000000Z" });
  expect(claimed(ahead, us, { now }).spec.renewTime).toBe("2026-01-02T04:00:00.001000Z");
  const behind = lease("1", { holderIdentity: "them", renewTime: "2026-01-02T03:00:00.000000Z" });
  expect(claimed(behind, us, { now }).spec.renewTime).toBe(microTime(now));
});
