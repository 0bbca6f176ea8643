import { resources } from "@virtual-kubelet/kubernetes";
import type { Bench } from "../bench.ts";

/** Follows what the cluster shows of all pods, and notes each terminal phase that was undone. */
export class PhaseWitness implements AsyncDisposable {
  readonly #ended = new AbortController();
  readonly #following: Promise<void>;
  readonly #terminal = new Map<string, { readonly phase: string; readonly at: string }>();
  readonly undone: string[] = [];

  constructor(it: Bench) {
    this.#following = this.#follow(it).catch(() => {});
  }

  /** When the cluster was first seen to show a terminal phase of the UID. */
  terminalAt(uid: string): string | undefined {
    return this.#terminal.get(uid)?.at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#following;
  }

  async #follow({ client }: Bench): Promise<void> {
    const { signal } = this.#ended;
    for await (const event of client.watch(resources.pods, { namespace: "default", signal })) {
      if (event.type === "BOOKMARK") continue;
      const { metadata, status: { phase = "Pending" } = {} } = event.object;
      const before = this.#terminal.get(metadata.uid);
      if (before && before.phase !== phase) this.undone.push(`${metadata.name} was ${before.phase}, then ${phase}`);
      const isTerminal = phase === "Succeeded" || phase === "Failed";
      if (isTerminal && !before) this.#terminal.set(metadata.uid, { phase, at: new Date().toISOString() });
    }
  }
}
