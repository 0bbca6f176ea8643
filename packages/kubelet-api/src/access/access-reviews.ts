import type { Caller } from "./caller.ts";

/** What a caller wants to do with this node. */
export interface AccessQuestion {
  readonly caller: Caller;
  readonly nodeName: string;
  /** `get`, `create`, … */
  readonly verb: string;
  /** Of the resource `nodes`: `proxy`, `metrics`, … */
  readonly subresource: string;
}

export interface ReviewCall {
  readonly signal: AbortSignal;
}

/**
 * The cluster's word on who callers are and what they may do. Who cannot say rejects: nobody is let in then.
 * `clusterReviews` asks an API server.
 */
export interface AccessReviews {
  /** Whose token it is; `undefined` when it is nobody's. */
  reviewToken(token: string, call: ReviewCall): Promise<Caller | undefined>;
  /** Whether the caller may. */
  reviewAccess(question: AccessQuestion, call: ReviewCall): Promise<boolean>;
}
