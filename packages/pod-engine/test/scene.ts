import { setTimeout as sleep } from "node:timers/promises";
import type { PodEventRecord, ProviderContext } from "@virtual-kubelet/provider";
import { lendingContext } from "@virtual-kubelet/provider-testkit";
import { type Backoff, PodEngine } from "../src/index.ts";
import { FakeRuntime } from "./fake-runtime.ts";

const backoff: Backoff = { initialMs: 250, maximumMs: 500, resetAfterMs: 10_000 };
export const call: { readonly signal: AbortSignal } = { signal: AbortSignal.timeout(15_000) };

/** A runtime, and engines on it. */
export class Scene {
  readonly runtime = new FakeRuntime();
  /** All that was recorded, oldest first. */
  readonly events: PodEventRecord[] = [];
  /** By default nobody tells of changes. */
  referencesChanged: ProviderContext["referencesChanged"] = async () => {
    throw new Error("not lent here");
  };
  environment: ProviderContext["environment"] = async () => [{ name: "A", value: "1", sensitive: false }];

  engine(): PodEngine {
    const context = lendingContext({
      referencesChanged: (...args) => this.referencesChanged(...args),
      environment: (...args) => this.environment(...args),
      recordEvent: (_pod, event) => void this.events.push(event),
    });
    return new PodEngine({ runtime: this.runtime, context, backoff });
  }
}

export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5000; !(await is()); await sleep(2)) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${String(is)}`);
  }
}
