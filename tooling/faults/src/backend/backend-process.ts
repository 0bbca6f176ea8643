import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { BackendFault } from "./backend-faults.ts";
import type { PodOrder } from "./backend-pods.ts";
import { type WorkEntry, doubledStarts, liveUids, readWorkLog } from "./work-log.ts";

const program = fileURLToPath(new URL("main.ts", import.meta.url));

/** The backend of a scenario: a process that outlives agents. What it did is read from its log, not from what anybody says of it. */
export class BackendProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly url: string;

  private constructor(parts: { readonly child: ChildProcess; readonly log: string; readonly port: number }) {
    this.#child = parts.child;
    this.#log = parts.log;
    this.url = `http://127.0.0.1:${parts.port}`;
  }

  /** `log` is a file that need not be there yet. */
  static async start({ log }: { readonly log: string }): Promise<BackendProcess> {
    const child = spawn(process.execPath, [program, log], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { port } = JSON.parse(line) as { readonly port: number };
    return new BackendProcess({ child, log, port });
  }

  get log(): readonly WorkEntry[] {
    return readWorkLog(this.#log);
  }

  /** The UIDs that run there. */
  get live(): ReadonlySet<string> {
    return liveUids(this.log);
  }

  get doubled(): readonly string[] {
    return doubledStarts(this.log);
  }

  /** How often something happened, to one pod or to all. */
  count(event: WorkEntry["event"], name?: string): number {
    return this.log.filter((entry) => entry.event === event && (name === undefined || entry.name === name)).length;
  }

  /** How long ago something happened last. Milliseconds; endless when it never did. */
  ageMs(event: WorkEntry["event"]): number {
    const last = this.log.findLast((entry) => entry.event === event);
    return last ? Date.now() - Date.parse(last.at) : Infinity;
  }

  /** Starts a pod of nobody's asking. */
  async create(order: PodOrder): Promise<void> {
    const { body } = await request(`${this.url}/pods/${order.uid}`, { method: "PUT", body: JSON.stringify(order) });
    await body.dump();
  }

  /** From now on these, and none of those before; none when empty. */
  async setFaults(faults: readonly BackendFault[]): Promise<void> {
    await this.#post("/faults", JSON.stringify(faults));
  }

  /** Ends a pod, or takes it away without a word, behind the node's back. */
  async tamper(uid: string, what: "finish" | "lose" | "flap", exitCode = 0): Promise<void> {
    await this.#post(`/pods/${uid}/${what}?code=${exitCode}`, "");
  }

  /** Ends all watches that are open. */
  async endWatches(): Promise<void> {
    await this.#post("/watches", "");
  }

  /** Stops it, as it is when its host is gone; `resume` brings it back. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async #post(path: string, body: string): Promise<void> {
    const { body: answer } = await request(`${this.url}${path}`, { method: "POST", body });
    await answer.dump();
  }
}
