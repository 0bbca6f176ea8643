import { createHmac, randomBytes } from "node:crypto";
import type { Logger } from "@virtual-kubelet/provider";
import { LRUCache } from "lru-cache";
import { HttpError } from "../error-response.ts";
import type { AccessReviews } from "./access-reviews.ts";
import { Attempts } from "./attempts.ts";
import type { Caller } from "./caller.ts";
import { Complaints } from "./complaints.ts";
import { SharedCalls } from "./shared-calls.ts";

export interface TokenAuthenticationOptions {
  readonly reviews: AccessReviews;
  readonly logger: Logger;
  /** How long an owner is remembered; 0 for not at all. */
  readonly cacheTtlMs: number;
}

export interface TokenCall {
  /** The address that the caller speaks from. */
  readonly from: string;
  readonly signal: AbortSignal;
}

interface Review {
  readonly key: string;
  readonly token: string;
  /** Ends the review. */
  readonly signal: AbortSignal;
  /** Of the first who came with the token. */
  readonly call: TokenCall;
}

const remembered = 4096;
/** A token may be good a moment later: it has just been made, or bound to a pod that the API server has not heard of. */
const nobodysMs = 10_000;
const reviewMs = 10_000;
/** So many reviews may be under way at once. */
const mostReviews = 32;

/**
 * Whose bearer token it is, by the cluster's word. What it said is remembered by the token's hash, good tokens apart from bad
 * ones, so that these push none of those out. Who comes with ever new ones that are nobody's is not asked about any more.
 */
export class TokenAuthentication {
  readonly #reviews: AccessReviews;
  readonly #cacheTtlMs: number;
  readonly #owners = new LRUCache<string, Caller>({ max: remembered });
  readonly #nobodys = new LRUCache<string, true>({ max: remembered });
  readonly #running = new SharedCalls<Caller | undefined>({ timeoutMs: reviewMs });
  readonly #attempts = new Attempts();
  readonly #complaints: Complaints;
  readonly #hashKey = randomBytes(32);

  constructor({ reviews, logger, cacheTtlMs }: TokenAuthenticationOptions) {
    this.#reviews = reviews;
    this.#cacheTtlMs = cacheTtlMs;
    this.#complaints = new Complaints(logger, "tokenreviews");
  }

  /**
   * `undefined` when it is nobody's, or when that cannot be found out.
   *
   * @throws {HttpError} 429 when too many of that address, or of all, have come with tokens that had to be asked about.
   */
  async callerOf(token: string, call: TokenCall): Promise<Caller | undefined> {
    const key = createHmac("sha256", this.#hashKey).update(token).digest("base64");
    const owner = this.#owners.get(key);
    if (owner || this.#nobodys.has(key)) return owner;
    if (!this.#running.has(key)) this.#admit(call.from);
    try {
      return await this.#running.run(key, call.signal, (signal) => this.#review({ key, token, signal, call }));
    } catch (error) {
      call.signal.throwIfAborted();
      this.#complaints.record(error);
      return undefined;
    }
  }

  #admit(from: string): void {
    const free = this.#running.size < mostReviews;
    if (free && this.#attempts.take(from)) return;
    throw new HttpError(429, "Too many requests: tokens that are not known are asked about no faster.", {
      "Retry-After": "1",
    });
  }

  async #review({ key, token, signal, call }: Review): Promise<Caller | undefined> {
    let owner: Caller | undefined;
    try {
      owner = await this.#reviews.reviewToken(token, { signal });
    } catch (error) {
      // Who hangs up before the answer has had the cluster asked all the same.
      if (!call.signal.aborted) this.#attempts.giveBack(call.from);
      throw error;
    }
    this.#complaints.clear();
    if (!owner) {
      this.#nobodys.set(key, true, { ttl: nobodysMs });
    } else {
      this.#attempts.giveBack(call.from);
      if (this.#cacheTtlMs > 0) this.#owners.set(key, owner, { ttl: this.#cacheTtlMs });
    }
    return owner;
  }
}
