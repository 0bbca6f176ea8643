import { describe, expect, test } from "vitest";
import { judgeList } from "../../../src/pods/backend/judge-list.ts";
import { podOf, recordOf, stateOf } from "../../pod-builder.ts";

const running = { type: "present", state: stateOf("Running") } as const;

function records(count: number, parts = {}) {
  return Array.from({ length: count }, (_, index) =>
    recordOf({
      ref: { namespace: "default", name: `p${index}`, uid: `u${index}` },
      pod: podOf(),
      observed: running,
      ...parts,
    }),
  );
}

const list = (uids: readonly string[], begunAtMs = 50_000) => ({ uids: new Set(uids), begunAtMs });
const unconfirmed = { confirmed: false };

describe("judgeList", () => {
  test("doubts a pod that one list does not have", () => {
    const [record] = records(1);
    expect(judgeList([record!], list([]), unconfirmed)).toEqual({ doubted: [record], lost: [] });
  });

  test("takes a pod for lost that two lists do not have, 30 s apart", () => {
    const [early] = records(1, { missedSinceMs: 20_001 });
    const [late] = records(1, { missedSinceMs: 20_000 });
    expect(judgeList([early!], list([]), unconfirmed).lost).toEqual([]);
    expect(judgeList([late!], list([]), unconfirmed).lost).toEqual([late]);
  });

  test("misses a pod of which the cluster has seen no more than an init container start", () => {
    const initContainerStatuses = [{ ...stateOf("Running").status!.containerStatuses![0]!, name: "init" }];
    const pod = podOf({ status: { phase: "Pending", initContainerStatuses } });
    const [record] = records(1, { pod, observed: { type: "unknown" } });
    expect(judgeList([record!], list([]), unconfirmed).doubted).toEqual([record]);
  });

  test("does not wonder that many are missing which have ended or were asked to stop", () => {
    const stopped = records(12, { stop: { askedAtMs: 1, graceEndsMs: 2 } });
    const ended = records(12, { pod: podOf({ status: { phase: "Succeeded" } }) });
    expect(judgeList(stopped, list([]), unconfirmed).suspicious).toBeUndefined();
    expect(judgeList(ended, list([]), unconfirmed)).toEqual({ doubted: [], lost: [] });
  });

  test("believes what it heard since the list was begun more than the list", () => {
    expect(judgeList(records(1, { heardAtMs: 50_001 }), list([]), unconfirmed)).toEqual({ doubted: [], lost: [] });
  });

  test("does not miss what the backend was never given, or has said to be gone", () => {
    const never = records(3, { observed: { type: "unknown" } });
    const gone = records(3, { observed: { type: "absent" } });
    expect(judgeList([...never, ...gone], list([]), unconfirmed)).toEqual({ doubted: [], lost: [] });
  });

  test("misses after a restart what the cluster shows as running", () => {
    const [record] = records(1, { observed: { type: "unknown" }, pod: podOf({ status: { phase: "Running" } }) });
    expect(judgeList([record!], list([]), unconfirmed).doubted).toEqual([record]);
  });

  test.each([
    { pods: 12, present: 5, suspicious: false },
    { pods: 22, present: 10, suspicious: true },
    { pods: 21, present: 11, suspicious: false },
    { pods: 11, present: 0, suspicious: true },
    { pods: 10, present: 0, suspicious: false },
  ])("concludes nothing: $suspicious, when $present of $pods are listed", ({ pods, present, suspicious }) => {
    const uids = Array.from({ length: present }, (_, index) => `u${index}`);
    const result = judgeList(records(pods, { missedSinceMs: 0 }), list(uids), unconfirmed);
    expect({ suspicious: result.suspicious !== undefined, lost: result.lost.length }).toEqual({
      suspicious,
      lost: suspicious ? 0 : pods - present,
    });
  });

  test("believes even that when the user confirms it", () => {
    expect(judgeList(records(20, { missedSinceMs: 0 }), list([]), { confirmed: true }).lost).toHaveLength(20);
  });
});
