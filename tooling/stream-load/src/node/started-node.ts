import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NodeOrder, NodeReport, NodeSetup } from "./messages.ts";

const readyLimitMs = 30_000;

/** A node with provider-process in a process of its own, which tells what it holds when it is asked. */
export class StartedNode implements AsyncDisposable {
  readonly #child: ChildProcess;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when the cluster shows the node. */
  static async start(setup: NodeSetup): Promise<StartedNode> {
    const program = fileURLToPath(new URL("./main.ts", import.meta.url));
    const child = fork(program, [JSON.stringify(setup)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const node = new StartedNode(child);
    await once(child, "message", { signal: AbortSignal.timeout(readyLimitMs) });
    return node;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One after the other. */
  ask(order: NodeOrder): Promise<NodeReport> {
    const asked = this.#turn.then(async () => {
      this.#child.send(order);
      const [report] = (await once(this.#child, "message")) as [NodeReport];
      return report;
    });
    this.#turn = asked.catch(() => {});
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
