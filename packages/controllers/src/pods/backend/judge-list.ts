import { type Disappearance, type DisappearanceLimits, isSuspicious, sinceHeld } from "./disappearance.ts";
import { type PodRecord, hasStarted, isTerminal } from "../pod-record.ts";

/** A pod counts as lost when two complete lists, this far apart, did not have it. Milliseconds. */
export const missedTwiceMs = 30_000;

export interface ListVerdict {
  /** Not in the list for the first time: to be looked for again. */
  readonly doubted: readonly PodRecord[];
  /** Not in two lists: the backend has lost them. */
  readonly lost: readonly PodRecord[];
  /** So much is missing that nothing is concluded until someone has had a look. */
  readonly suspicious?: Disappearance;
}

export interface CompleteList {
  readonly uids: ReadonlySet<string>;
  /** When the list was begun; what was heard of a pod since then counts for more. Monotonic milliseconds. */
  readonly begunAtMs: number;
}

/** What follows from a complete list for the pods that should be in it. `confirmed`: the user says that they are gone. */
export function judgeList(
  records: Iterable<PodRecord>,
  list: CompleteList,
  options: {
    readonly confirmed: boolean;
    readonly missedTwiceMs?: number | undefined;
    readonly limits?: DisappearanceLimits | undefined;
    /** What was missing from the list before, when nothing was concluded from that. */
    readonly held?: Disappearance | undefined;
  },
): ListVerdict {
  const expected = [...records].filter((record) => isExpected(record));
  const missing = expected.filter(({ ref, heardAtMs }) => !list.uids.has(ref.uid) && heardAtMs <= list.begunAtMs);
  // What was asked to stop is meant to go.
  const surprising = missing.filter(({ stop }) => !stop).length;
  const disappearance = sinceHeld({ missing: surprising, expected: expected.length }, options.held);
  if (!options.confirmed && isSuspicious(disappearance, options.limits))
    return { doubted: [], lost: [], suspicious: disappearance };
  const apartMs = options.missedTwiceMs ?? missedTwiceMs;
  const isLost = ({ missedSinceMs }: PodRecord) =>
    missedSinceMs !== undefined && list.begunAtMs - missedSinceMs >= apartMs;
  return { doubted: missing.filter((record) => record.missedSinceMs === undefined), lost: missing.filter(isLost) };
}

/** Whether the backend is thought to have the pod. */
export function isExpected({ observed, created, adopted, lost, pod }: PodRecord): boolean {
  if (lost || observed.type === "absent" || isTerminal(pod?.status?.phase)) return false;
  return observed.type === "present" || created === "yes" || adopted || (pod !== undefined && hasStarted(pod));
}
