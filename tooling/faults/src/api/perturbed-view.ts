import { setTimeout as sleep } from "node:timers/promises";

/** What of a watch is not as it is, in shares of its events; each 0 when absent. */
export interface Perturbation {
  /** Events that are followed by an older one of the same watch, told again. */
  readonly replayed?: number;
  /** Events that are lost, with all that follow for a while, until the server has forgotten where the watch was. */
  readonly missed?: number;
}

/** After so many gaps there are no more: a node waits longer after each, and the rest of them would be waiting. */
const maxGaps = 4;

interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata?: {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
}

const expired = {
  type: "ERROR",
  object: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410, message: "forgotten" },
};
const listEnd = "k8s.io/initial-events-end";
const missingMs = 150;

/** Shows watches of an API server as a node may see them through caches, restarts and gaps. Counts what it did. */
export class PerturbedView {
  readonly #shares: Required<Perturbation>;
  /** All events of each collection so far, in their order. */
  readonly #histories = new Map<string, WatchLine[]>();
  /** What was missed last of each collection: no watch can begin before it. */
  readonly #forgotten = new Map<string, bigint>();
  /** How many lists of each collection are still to be of an earlier time. */
  readonly #staleLists = new Map<string, number>();
  #gaps = 0;
  perturbed = 0;

  constructor({ replayed = 0, missed = 0 }: Perturbation) {
    this.#shares = { replayed, missed };
  }

  /** No watch can go on from where it was, and so many lists of each collection to come are of an earlier time. Watches that are open have to be cut. */
  travelBack(lists: number): void {
    for (const [collection, history] of this.#histories) {
      const last = BigInt(history.at(-1)?.object.metadata?.resourceVersion ?? 0);
      this.#forgotten.set(collection, last + 1n);
      this.#staleLists.set(collection, lists);
    }
  }

  /** The lines of a watch of the collection that the URL names, as the node gets them. */
  async *perturb(lines: AsyncIterable<string>, url: URL): AsyncGenerator<string, void> {
    const history = this.#histories.get(url.pathname) ?? [];
    this.#histories.set(url.pathname, history);
    let isListing = url.searchParams.has("sendInitialEvents");
    const staleLists = this.#staleLists.get(url.pathname) ?? 0;
    if (isListing && history.length > 0 && staleLists > 0) {
      this.#staleLists.set(url.pathname, staleLists - 1);
      this.perturbed++;
      yield* this.#earlierList(history);
      return;
    }
    const position = url.searchParams.get("resourceVersion");
    if (!isListing && position !== null && BigInt(position) < (this.#forgotten.get(url.pathname) ?? 0n)) {
      yield JSON.stringify(expired);
      return;
    }
    for await (const line of lines) {
      const event = JSON.parse(line) as WatchLine;
      const isMissed = !isListing && event.type !== "BOOKMARK" && this.#hasGap(this.#shares.missed);
      if (event.type !== "BOOKMARK" && event.type !== "ERROR") history.push(event);
      if (isMissed) {
        this.#forgotten.set(url.pathname, BigInt(event.object.metadata?.resourceVersion ?? 0));
        await sleep(missingMs);
        yield JSON.stringify(expired);
        return;
      }
      yield line;
      if (event.object.metadata?.annotations?.[listEnd]) isListing = false;
      const old = history[Math.floor(Math.random() * history.length)];
      if (!isListing && old && this.#happens(this.#shares.replayed)) yield JSON.stringify(old);
    }
  }

  #hasGap(share: number): boolean {
    const hasGap = this.#gaps < maxGaps && this.#happens(share);
    if (hasGap) this.#gaps++;
    return hasGap;
  }

  /** The list as it was long ago, and the end of the watch. */
  *#earlierList(history: readonly WatchLine[]): Generator<string, void> {
    const past = history.slice(0, 1 + Math.floor(Math.random() * (history.length / 4)));
    const objects = new Map<string, WatchLine>();
    for (const event of past) {
      const uid = event.object.metadata?.uid ?? "";
      if (event.type === "DELETED") objects.delete(uid);
      else objects.set(uid, { ...event, type: "ADDED" });
    }
    for (const event of objects.values()) yield JSON.stringify(event);
    const resourceVersion = past.at(-1)?.object.metadata?.resourceVersion ?? "1";
    yield JSON.stringify({
      type: "BOOKMARK",
      object: { metadata: { resourceVersion, annotations: { [listEnd]: "true" } } },
    });
  }

  #happens(share: number): boolean {
    const happens = Math.random() < share;
    if (happens) this.perturbed++;
    return happens;
  }
}
