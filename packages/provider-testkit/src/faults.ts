import type { Awaitable } from "@virtual-kubelet/provider";

/** Ends a fault. */
export interface FaultEnd {
  end(): Awaitable<void>;
}

type FaultMaker<Asked extends readonly unknown[] = []> = (...asked: Asked) => Awaitable<FaultEnd>;

/** How to make it, or a sentence that says why it cannot happen there. */
type Fault<Asked extends readonly unknown[] = []> = FaultMaker<Asked> | string;

/**
 * What can be made to go wrong with the target's backend, a fake one most often. Each begins when the call has resolved and goes
 * on until it is ended. A fault that is absent cannot be made there: its checks are skipped.
 */
export interface Faults {
  /** Requests are refused with the word that they are too many, and when to come again. */
  readonly throttle?: Fault<[{ readonly retryAfterMs: number }]>;
  /** Nobody answers: connections are refused. */
  readonly unreachable?: Fault;
  /** Requests are taken and never answered. */
  readonly hang?: Fault;
  /** What is created is not to be seen, in lists and when asked for by name, until so much later. */
  readonly delayVisibility?: Fault<[{ readonly delayMs: number }]>;
  /** Lists break off in the middle, in the way that the backend's lists do: a page is missing, the connection goes. */
  readonly partialList?: Fault;
  /** The stream of events is cut, or goes silent; events that happen while this lasts are never sent. */
  readonly loseWatch?: Fault;
}

export type FaultName = keyof Faults;

/** All faults, for checks that have said which they need. */
export type FaultMakers = { readonly [Name in FaultName]: Exclude<NonNullable<Faults[Name]>, string> };
