import type { Exchange, FakeApiServer } from "../fake-api-server.ts";

/** What may happen to one event on its way; `replay` sends the events before it once more. */
export type Fault =
  | "none"
  | "cut"
  | "end"
  | "garbage"
  | "half a line"
  | "split"
  | "error"
  | "replay"
  | "expire"
  | "refuse";

/** One change of the cluster: the object of this name appears, changes, vanishes, or is replaced by another. */
export type Step = { readonly name: string; readonly change: "set" | "delete" | "recreate" };

interface LogEntry {
  readonly type: string;
  readonly object: { readonly metadata: { readonly uid: string; readonly resourceVersion: string } };
}

/** The objects of a small cluster with their history, served to watches with a fault here and there while faults last. */
export class ScriptedCluster {
  readonly #log: LogEntry[] = [];
  readonly #objects = new Map<string, LogEntry["object"]>();
  readonly #faults: Fault[];
  readonly #streaming: boolean;
  /** Open watches, and how much of the log each has had. */
  readonly #watches = new Map<Exchange, number>();
  #compacted = 0;
  #uids = 0;

  constructor(options: { readonly faults: readonly Fault[]; readonly streaming: boolean }) {
    this.#faults = [...options.faults];
    this.#streaming = options.streaming;
  }

  /** `uid@resourceVersion` of everything that is there. */
  get state(): string[] {
    return [...this.#objects.values()].map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`).toSorted();
  }

  change(step: Step): void {
    const { name, change } = step;
    const known = this.#objects.get(name);
    if (known && change !== "set") this.#append("DELETED", name, known.metadata.uid);
    if (change !== "delete") {
      const uid = known && change === "set" ? known.metadata.uid : `${name}-${++this.#uids}`;
      this.#append(known && change === "set" ? "MODIFIED" : "ADDED", name, uid);
    }
    for (const watch of this.#watches.keys()) this.#send(watch);
  }

  serve(server: FakeApiServer): void {
    server.answerAll((exchange) => this.#answer(exchange));
  }

  #append(type: string, name: string, uid: string): void {
    const object = { metadata: { namespace: "ns", name, uid, resourceVersion: String(this.#log.length + 1) } };
    this.#log.push({ type, object });
    if (type === "DELETED") this.#objects.delete(name);
    else this.#objects.set(name, object);
  }

  #answer(exchange: Exchange): void {
    const fault = this.#faults.length > 0 && exchange.query["watch"] ? this.#faults.shift() : "none";
    const version = String(this.#log.length);
    if (fault === "refuse") {
      exchange.status(500, "InternalError");
    } else if (exchange.query["watch"] === undefined) {
      exchange.list([...this.#objects.values()], { resourceVersion: version });
    } else if (exchange.query["sendInitialEvents"] && !this.#streaming) {
      exchange.status(422, "Invalid");
    } else if (exchange.query["sendInitialEvents"]) {
      for (const object of this.#objects.values()) exchange.event("ADDED", object);
      exchange.listed(version);
      this.#open(exchange, this.#log.length);
    } else if (fault === "expire" || Number(exchange.query["resourceVersion"]) < this.#compacted) {
      this.#compacted = this.#log.length;
      exchange.status(410, "Expired");
    } else {
      this.#open(exchange, Number(exchange.query["resourceVersion"]));
    }
  }

  #open(exchange: Exchange, from: number): void {
    this.#watches.set(exchange, from);
    void exchange.closed.then(() => this.#watches.delete(exchange));
    this.#send(exchange);
  }

  #send(watch: Exchange): void {
    for (let next = this.#watches.get(watch) ?? 0; next < this.#log.length; next++) {
      this.#watches.set(watch, next + 1);
      const entry = this.#log[next] as LogEntry;
      if (!this.#sendOne(watch, entry, next)) {
        this.#watches.delete(watch);
        return;
      }
    }
  }

  /** Whether the watch goes on. */
  #sendOne(watch: Exchange, entry: LogEntry, index: number): boolean {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    const fault = this.#faults.shift() ?? "none";
    if (fault === "cut") watch.cut();
    else if (fault === "end") watch.end();
    else if (fault === "garbage") watch.raw("<html>\n");
    else if (fault === "half a line") watch.raw(line.subarray(0, 20)).end();
    else if (fault === "error") watch.event("ERROR", { kind: "Status", code: 500, reason: "InternalError" });
    else if (fault === "split") watch.raw(line.subarray(0, 9)).raw(line.subarray(9));
    else if (fault === "replay")
      for (const old of this.#log.slice(Math.max(0, index - 3), index + 1)) watch.event(old.type, old.object);
    else watch.raw(line);
    return ["none", "split", "replay", "expire", "refuse"].includes(fault);
  }
}
