import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Logger, NodeDescription, Provider } from "@virtual-kubelet/provider";
import { providerCall } from "../provider-call.ts";
import { untilAborted } from "../until-aborted.ts";
import { checkedDescription } from "./checked-description.ts";
import type { NodeHealth } from "./node-health.ts";

export interface NodeDescriberOptions {
  readonly provider: Provider;
  readonly health: NodeHealth;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

const retryMs = 2_000;
/** How often a provider that cannot watch its node is asked to describe it again. Milliseconds. */
const everyMs = 60_000;

/** Follows what the provider says of the node: by its watch, or by asking now and then. */
export class NodeDescriber {
  readonly #options: NodeDescriberOptions;
  #described: NodeDescription | undefined;
  #describing: Promise<void> | undefined;

  constructor(options: NodeDescriberOptions) {
    this.#options = options;
    const { provider } = options;
    this.#described = provider.describeNode || provider.watchNode ? undefined : {};
  }

  /** The provider's newest word; `undefined` until it has said something, or that it has nothing to say. */
  get described(): NodeDescription | undefined {
    return this.#described;
  }

  /** Asks, and waits for the answer no longer than a patience: one that comes later is heard all the same. */
  async ask({ signal, patienceMs }: { readonly signal: AbortSignal; readonly patienceMs: number }): Promise<void> {
    const answered = new AbortController();
    const asking = this.#describe(signal).finally(() => answered.abort());
    await Promise.race([
      asking,
      sleep(patienceMs, undefined, { signal: AbortSignal.any([signal, answered.signal]) }).catch(() => {}),
    ]);
  }

  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { provider, health, logger } = this.#options;
    while (!signal.aborted) {
      try {
        for await (const description of untilAborted(provider.watchNode?.({ signal }) ?? [], signal)) {
          this.#described = checkedDescription(description);
          health.touch();
        }
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, "the provider's description of the node cannot be followed");
      }
      const pauseMs = provider.watchNode || !this.#described ? retryMs : everyMs;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#describe(signal);
    }
  }

  /** One question at a time. */
  async #describe(signal: AbortSignal): Promise<void> {
    this.#describing ??= this.#askOnce(signal).finally(() => (this.#describing = undefined));
    await this.#describing;
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    const { provider, logger, health, timeoutMs } = this.#options;
    if (!provider.describeNode) return;
    try {
      const description = checkedDescription(
        await providerCall("describeNode", { signal, timeoutMs }, (call) => provider.describeNode?.(call)),
      );
      if (isDeepStrictEqual(description, this.#described)) return;
      this.#described = description;
      health.touch();
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, "the provider could not describe the node");
    }
  }
}
