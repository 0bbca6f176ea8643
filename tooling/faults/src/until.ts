import { setTimeout as sleep } from "node:timers/promises";

/** How long what must come may take, on a machine with much else to do. */
export const patienceMs = 30_000;

export interface UntilOptions {
  readonly what: string;
  readonly timeoutMs?: number;
  /** What is seen instead, when the time is up. */
  readonly otherwise?: () => Promise<string>;
}

/** Asks until there is an answer; its last failure is told when the time is up. */
export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeoutMs = patienceMs, otherwise }: UntilOptions,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > endMs) {
      const seen = otherwise ? `: ${await otherwise()}` : "";
      throw new Error(`Waited ${timeoutMs / 1000} s for ${what}${seen}`);
    }
    await sleep(20);
  }
}
