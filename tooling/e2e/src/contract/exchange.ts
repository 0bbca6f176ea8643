/** What two servers are asked alike, and why it is one case: the answers to all of it are compared. */
export interface Exchange {
  /** The case, as the reviewed list calls it. */
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Exchanges about one topic, which share a namespace. */
export interface Topic {
  /** A part of the namespace's name, too. */
  readonly name: string;
  readonly exchanges: readonly Exchange[];
}

/**
 * One request. In its path and its body `{ns}` stands for the topic's namespace, and `{0.metadata.uid}` for a field of the answer to the first
 * step of the exchange.
 */
export interface Ask {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, all else as it is. */
  readonly body?: object | string | Buffer;
  /** It only prepares what is to be seen: its answer must be a success, and is not compared. */
  readonly hidden?: true;
  /** Ask again until the answer is like that. */
  readonly until?: (answer: Answer) => boolean;
  /** What of the body is compared; all of it when absent. */
  readonly see?: (body: Json) => unknown;
}

/** A watch, and what happens once it is open. */
export interface Watch {
  readonly watch: Ask;
  readonly during: readonly Ask[];
  /** It is left after that many events; absent: the server ends it. */
  readonly count?: number;
}

/** The server forgets all versions but the newest. */
export interface Forget {
  readonly forget: true;
}

export type Step = Ask | Watch | Forget;

/** What a test needs not know of JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- exchanges pick from answers of many shapes
export type Json = any;

export interface Answer {
  readonly code: number;
  readonly type: string;
  readonly warnings: readonly string[];
  /** Parsed when it is JSON. */
  readonly body: Json;
}

export function topic(name: string, exchanges: Readonly<Record<string, readonly Step[]>>): Topic {
  return { name, exchanges: Object.entries(exchanges).map(([title, steps]) => ({ name: title, steps })) };
}
