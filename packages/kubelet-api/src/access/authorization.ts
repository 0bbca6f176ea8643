import { createHash } from "node:crypto";
import type { Logger } from "@virtual-kubelet/provider";
import { LRUCache } from "lru-cache";
import { HttpError } from "../error-response.ts";
import type { AccessQuestion, AccessReviews } from "./access-reviews.ts";
import type { Caller } from "./caller.ts";
import { Complaints } from "./complaints.ts";
import { SharedCalls } from "./shared-calls.ts";

export interface AuthorizationOptions {
  readonly reviews: AccessReviews;
  readonly nodeName: string;
  readonly logger: Logger;
  /** How long a yes is remembered; 0 for not at all. */
  readonly allowedTtlMs: number;
  /** How long a no is. */
  readonly deniedTtlMs: number;
}

/** What a caller must be allowed, in the words of a SubjectAccessReview on the resource `nodes`. */
export interface NeededAccess {
  readonly verb: string;
  /** Any one of these is enough; they are asked about in this order. */
  readonly subresources: readonly string[];
}

const remembered = 8192;
const reviewMs = 10_000;

/** What callers may do with this node, by the cluster's word. Where that cannot be had the answer is no. */
export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #verdicts = new LRUCache<string, boolean>({ max: remembered });
  readonly #running = new SharedCalls<boolean>({ timeoutMs: reviewMs });
  readonly #complaints: Complaints;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#complaints = new Complaints(options.logger, "subjectaccessreviews");
  }

  /** @throws {HttpError} 403 when the caller may not, 500 when that cannot be found out, both in kubelet's words. */
  async require(caller: Caller, { verb, subresources }: NeededAccess, signal: AbortSignal): Promise<void> {
    const { nodeName } = this.#options;
    for (const subresource of subresources) {
      if (await this.#isAllowed({ caller, nodeName, verb, subresource }, signal)) return;
    }
    const all = subresources.join(" ");
    throw new HttpError(403, `Forbidden (user=${caller.user}, verb=${verb}, resource=nodes, subresource(s)=[${all}])`);
  }

  async #isAllowed(question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
    const key = createHash("sha256").update(JSON.stringify(question)).digest("base64");
    const verdict = this.#verdicts.get(key);
    if (verdict !== undefined) return verdict;
    try {
      return await this.#running.run(key, signal, (each) => this.#review(key, question, each));
    } catch (error) {
      signal.throwIfAborted();
      this.#complaints.record(error);
      const { caller, verb, subresource } = question;
      const what = `user=${caller.user}, verb=${verb}, resource=nodes, subresource=${subresource}`;
      throw new HttpError(500, `Authorization error (${what})`);
    }
  }

  async #review(key: string, question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
    const allowed = await this.#options.reviews.reviewAccess(question, { signal });
    this.#complaints.clear();
    const ttl = allowed ? this.#options.allowedTtlMs : this.#options.deniedTtlMs;
    if (ttl > 0) this.#verdicts.set(key, allowed, { ttl });
    return allowed;
  }
}
