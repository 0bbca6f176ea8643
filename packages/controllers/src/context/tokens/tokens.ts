import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodRef, ServiceAccountToken, TokenCall } from "@virtual-kubelet/provider";
import { Stopwatch } from "../../leadership/stopwatch.ts";
import { retryDelayMs } from "../../queue/retry-delay.ts";
import { podGone } from "../pod-gone.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** What a token is asked for with. */
export interface TokenRequest {
  /** Empty: the API server's own. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** A token as the API server has issued it. */
export interface IssuedToken extends ServiceAccountToken {
  /** For how long, which the API server may decide otherwise than asked. */
  readonly expirationSeconds: number;
}

export interface TokensOptions {
  /** Asks the API server for a token. */
  readonly issue: (pod: Pod, request: TokenRequest, call: IssueCall) => Promise<IssuedToken>;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

export interface IssueCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** A token, and when to ask for it again. */
export interface HeldToken extends ServiceAccountToken {
  readonly renewInMs: number;
}

interface Held {
  readonly issued: IssuedToken;
  readonly age: Stopwatch;
  /** At which age it is to be renewed. */
  readonly renewAtMs: number;
}

/** One token of one pod: the newest, and the request for another one. */
interface Entry {
  held?: Held;
  asking?: Promise<Held>;
  failures: number;
  failed?: { readonly since: Stopwatch; readonly pauseMs: number };
}

/** The tokens of one pod. */
interface Kept {
  readonly pod: PodRef;
  readonly end: AbortController;
  readonly entries: Map<string, Entry>;
}

/** Nobody waits long for a newer one while there is one that is good. */
const timeoutsMs = { first: 30_000, renewal: 10_000 } as const;
const oldestMs = 24 * 3_600_000;
const longestJitterMs = 10_000;
const retry = { firstMs: 1_000, maxMs: 60_000 } as const;

/**
 * The tokens of the pods' service accounts, as a kubelet keeps them: one for a pod, audience and life, renewed at 80 % of its
 * life or after a day; when that fails the old one is good until it expires.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/token/token_manager.go
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #pods = new Map<string, Kept>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** Rejects with the failure of the request when there is no token that is good. */
  async get(pod: Pod, call: TokenCall): Promise<HeldToken> {
    const request = { audience: call.audience ?? "", expirationSeconds: call.expirationSeconds ?? 3_600 };
    const { uid } = pod.metadata;
    const kept = this.#pods.get(uid) ?? { pod: pod.metadata, end: new AbortController(), entries: new Map() };
    this.#pods.set(uid, kept);
    const key = JSON.stringify([request.audience, request.expirationSeconds]);
    const entry = kept.entries.get(key) ?? { failures: 0 };
    kept.entries.set(key, entry);
    if (!entry.held || renewInMs(entry) <= 0) {
      entry.asking ??= this.#renew(entry, { pod, request, signal: kept.end.signal });
      try {
        await unlessAborted(entry.asking, AbortSignal.any([call.signal, kept.end.signal]));
      } catch (error) {
        if (call.signal.aborted || !isGood(entry.held)) throw error;
      }
    }
    const { issued } = entry.held as Held;
    return { token: issued.token, expiresAt: issued.expiresAt, renewInMs: renewInMs(entry) };
  }

  /** The pod is gone, and so are its tokens. */
  forget(podUid: string): void {
    const kept = this.#pods.get(podUid);
    kept?.end.abort(podGone(kept.pod));
    this.#pods.delete(podUid);
  }

  async #renew(
    entry: Entry,
    { pod, request, signal }: { readonly pod: Pod; readonly request: TokenRequest; readonly signal: AbortSignal },
  ): Promise<Held> {
    const { issue, random = Math.random } = this.#options;
    // Its life begins no later than this.
    const age = new Stopwatch();
    try {
      const timeoutMs = isGood(entry.held) ? timeoutsMs.renewal : timeoutsMs.first;
      const issued = await issue(pod, request, { signal, timeoutMs });
      const lifeMs = issued.expirationSeconds * 1_000;
      const jitterMs = random() * Math.min(longestJitterMs, lifeMs * 0.05);
      const held = { issued, age, renewAtMs: Math.min(lifeMs * 0.8, oldestMs) - jitterMs };
      Object.assign(entry, { held, failures: 0, failed: undefined });
      return held;
    } catch (error) {
      entry.failures++;
      entry.failed = { since: new Stopwatch(), pauseMs: retryDelayMs(entry.failures, retry, random()) };
      throw error;
    } finally {
      delete entry.asking;
    }
  }
}

function isGood(held: Held | undefined): held is Held {
  return held !== undefined && held.age.elapsedMs < held.issued.expirationSeconds * 1_000;
}

/** One that is good no more is asked for whenever it is needed; one that is can wait until the pause after a failure is over. */
function renewInMs({ held, failed }: Entry): number {
  if (!isGood(held)) return 0;
  const dueMs = held.renewAtMs - held.age.elapsedMs;
  return Math.max(dueMs, failed ? failed.pauseMs - failed.since.elapsedMs : dueMs);
}
