import { once } from "node:events";
import type { ObjectChange, ObjectWatch, StoredObject } from "../src/index.ts";

/** A running watch whose changes are gathered as they come and taken by the test one at a time. */
export class ChangesOf<T extends StoredObject> implements AsyncDisposable {
  readonly #aborting = new AbortController();
  readonly #waiting: ObjectChange<T>[] = [];
  readonly #arrivals = new EventTarget();
  readonly #ended: Promise<void>;

  constructor(watch: ObjectWatch<T>) {
    this.#ended = this.#gather(watch);
  }

  async next(): Promise<ObjectChange<T>> {
    while (this.#waiting.length === 0) await once(this.#arrivals, "change", { signal: AbortSignal.timeout(5000) });
    return this.#waiting.shift() as ObjectChange<T>;
  }

  /** The next `count` changes in short: `set name#uid@resourceVersion`, `deleted name#uid@resourceVersion`, `synced`. */
  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) taken.push(describe(await this.next()));
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborting.abort();
    await this.#ended;
  }

  async #gather(watch: ObjectWatch<T>): Promise<void> {
    for await (const change of watch.run({ signal: this.#aborting.signal })) {
      this.#waiting.push(change);
      this.#arrivals.dispatchEvent(new Event("change"));
    }
  }
}

function describe(change: ObjectChange<StoredObject>): string {
  if (change.type === "synced") return "synced";
  const { name, uid, resourceVersion } = change.object.metadata;
  return `${change.type} ${name}#${uid}@${resourceVersion}`;
}
