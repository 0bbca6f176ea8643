/** How fast something was, and how fast a plain TLS connection beside it. */
export interface Rate {
  /** `exec, out`. */
  readonly what: string;
  readonly over: string;
  readonly way: string;
  readonly bytesPerSecond?: number;
  readonly plainBytesPerSecond?: number;
  /** Why there is no number. */
  readonly refused?: string;
}

export interface Delay {
  readonly what: string;
  readonly over: string;
  readonly way: string;
  readonly medianMs?: number;
  readonly p95Ms?: number;
  /** What it is compared with: the same by the provider alone, or over a plain TLS connection. */
  readonly besideMs?: number;
  readonly refused?: string;
}

/** How much memory grew beside a reader that had stopped. */
export interface Growth {
  readonly what: string;
  readonly over: string;
  readonly agentBytes?: number;
  readonly refused?: string;
}

export interface StreamsResult {
  readonly cluster: string;
  readonly nodeJs: string;
  readonly machine: string;
  readonly rates: readonly Rate[];
  readonly delays: readonly Delay[];
  readonly growths: readonly Growth[];
}

/** What is aimed at, without the API server in between. */
export const goals = { ratio: 0.5, bytesPerSecond: 200e6, execMs: 5, growthBytes: 32 * 2 ** 20 } as const;
