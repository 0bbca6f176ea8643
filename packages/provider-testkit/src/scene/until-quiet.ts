import { setTimeout as sleep } from "node:timers/promises";
import type { Scene } from "./scene.ts";

/** The time in which something would have happened that is not to happen. */
export async function untilQuiet({ timings, signal }: Scene): Promise<void> {
  await sleep(2 * timings.stepMs, undefined, { signal });
}
