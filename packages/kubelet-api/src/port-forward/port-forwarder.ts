import type { PodRef } from "@virtual-kubelet/provider";
import { errorMessage } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange } from "../http/exchange.ts";
import { connectPort, discardPort } from "./connect-port.ts";
import type { PortStream } from "./port-stream.ts";

/** The audit line names no more ports than this. */
const mostPortsNamed = 64;

/** Connects the streams of one client to the ports of one pod, and keeps count for the audit line. */
export class PortForwarder {
  readonly #exchange: Exchange;
  readonly #pod: PodRef;
  readonly #ports = new Set<number>();
  #connections = 0;
  #failures = 0;
  #lastFailure = "";

  constructor(exchange: Exchange, pod: PodRef) {
    this.#exchange = exchange;
    this.#pod = pod;
  }

  /** The ports that were asked for. */
  get ports(): readonly number[] {
    return [...this.#ports].toSorted((one, other) => one - other);
  }

  /** What became of the connections. */
  get outcome(): string {
    const failures = this.#failures > 0 ? `, ${this.#failures} failed: ${this.#lastFailure}` : "";
    return `${this.#connections} connections${failures}`;
  }

  /** Carries one connection to its end. Resolves with what the client is to be told when it failed. */
  async forward(client: PortStream): Promise<string | undefined> {
    this.#connections++;
    if (this.#ports.size < mostPortsNamed) this.#ports.add(client.port);
    try {
      await this.#connect(client);
      return undefined;
    } catch (error) {
      // That the client has gone is no failure of the port's, and nobody is there to be told.
      if (client.signal.aborted || this.#exchange.request.socket.destroyed) return undefined;
      this.#failures++;
      this.#lastFailure = errorMessage(error);
      const { name, uid } = this.#pod;
      return `error forwarding port ${client.port} to pod ${name}, uid ${uid}: ${this.#lastFailure}`;
    }
  }

  async #connect(client: PortStream): Promise<void> {
    const { provider } = this.#exchange.services;
    // Of its own: neither its deadline nor its end is the end of the client's other connections.
    const controller = new AbortController();
    const unfollow = follow([client.signal, this.#exchange.controller.signal], controller);
    try {
      const target = await callProvider(
        { ...this.#exchange, controller },
        (call) => provider.forwardPort?.(this.#pod, { port: client.port, ...call }),
        async (late) => discardPort(late),
      );
      await connectPort(target, client, controller.signal);
    } finally {
      unfollow();
      controller.abort(new Error("The connection to the port has ended."));
    }
  }
}

/** Aborts `controller` when one of the signals does; gives what ends that. */
function follow(signals: readonly AbortSignal[], controller: AbortController): () => void {
  const onAbort = (): void => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener("abort", onAbort);
  if (signals.some(({ aborted }) => aborted)) onAbort();
  return () => {
    for (const signal of signals) signal.removeEventListener("abort", onAbort);
  };
}
