import { once } from "node:events";
import { existsSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "@virtual-kubelet/provider";
import { Connection } from "./protocol/connection.ts";
import { channels } from "./protocol/frames.ts";
import {
  type Method,
  type Methods,
  type Reply,
  type StartParams,
  type WatchEvent,
  firstWithViews,
} from "./protocol/messages.ts";
import { type SupervisorOptions, type SupervisorStart, prepareDirectory, startSupervisor } from "./start-supervisor.ts";
import { podsFolder, socketPath, supervisorLogPath } from "./state-directory.ts";

export interface SignalCall {
  readonly signal: AbortSignal;
}

const startTimeoutMs = 15_000;
const retryMs = 25;
const mostTries = 3;

/** Talks to the supervisor of a state directory, and starts it when there is none. */
export class SupervisorClient implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  #connection: Promise<Connection> | undefined;
  #starting: SupervisorStart | undefined;
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    prepareDirectory(options.directory);
  }

  /** Repeated when the connection is lost on the way: every request may be. */
  async request<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    { signal }: SignalCall,
  ): Promise<Methods[M]["result"]> {
    for (let tries = 1; ; tries++) {
      if (this.#isClosed) throw new ProviderError("Unavailable", "The provider has been closed.");
      const connection = await this.#shared(signal);
      if ((params as Partial<StartParams>).spec?.view) requireViews(connection);
      try {
        return await connection.request(method, params, signal);
      } catch (error) {
        if (!connection.isClosed || tries === mostTries || signal.aborted) throw error;
      }
    }
  }

  /** Rejects when what needs a view cannot be started now. */
  async requireViews({ signal }: SignalCall): Promise<void> {
    requireViews(await this.#shared(signal));
  }

  /** Everything of an owner, and then every change. Throws when the connection ends. */
  async *watch(owner: string, { signal }: SignalCall): AsyncGenerator<WatchEvent> {
    await using connection = await this.connect(signal);
    const answered = connection.request("watch", { owner }, signal);
    // Nothing will come then, and the end of the wait for it gives the reason.
    answered.catch(() => connection.socket.destroy());
    for await (const { channel, payload } of connection.frames(signal)) {
      if (channel !== channels.message) continue;
      const reply = JSON.parse(payload.toString()) as Reply;
      if ("event" in reply) yield reply.event;
    }
    await answered;
    throw new ProviderError("Unavailable", "The supervisor has closed the connection.");
  }

  /** A connection of one's own. */
  async connect(signal: AbortSignal): Promise<Connection> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]);
    for (;;) {
      const socket = await tryConnect(socketPath(this.#options.directory));
      if (socket) {
        const connection = await Connection.greet(socket, deadline).catch((error: unknown) => {
          if (error instanceof ProviderError && error.code !== "Unavailable") throw error;
          return undefined;
        });
        if (connection) {
          await this.#untilOthersEnded(connection, deadline);
          return connection;
        }
      } else if (!this.#starting || this.#starting.hasEnded) this.#starting = startSupervisor(this.#options);
      if (deadline.aborted) throw this.#unreachable();
      await sleep(retryMs, undefined, { signal: deadline }).catch(() => {
        throw this.#unreachable();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.[Symbol.asyncDispose]();
  }

  async #shared(signal: AbortSignal): Promise<Connection> {
    for (;;) {
      const current = this.#connection;
      const known = await current?.catch(() => undefined);
      if (known && !known.isClosed) return known;
      // Of all requests that find it lost, the first makes another one, for all.
      if (this.#connection === current) return (this.#connection = this.connect(signal));
    }
  }

  /** One that we have started in vain finds the other at work and ends. Until then it could still take over from that. */
  async #untilOthersEnded({ supervisorPid, closed }: Connection, deadline: AbortSignal): Promise<void> {
    if (!this.#starting || this.#starting.hasEnded || this.#starting.pid === supervisorPid) return;
    await Promise.race([this.#starting.ended, closed, once(deadline, "abort")]);
  }

  #unreachable(): ProviderError {
    const { directory } = this.#options;
    return new ProviderError(
      "Unavailable",
      `The supervisor of ${directory} cannot be reached; see ${supervisorLogPath(directory)} for the reason.`,
    );
  }
}

/** A supervisor of a version before would start it in the host's own tree. */
function requireViews({ protocol }: Connection): void {
  if (protocol >= firstWithViews) return;
  throw new ProviderError(
    "Unavailable",
    "The supervisor is one of a version that has no root views, and is replaced once its containers have ended: a container that needs one waits until then.",
  );
}

export interface StopSupervisorOptions {
  readonly directory: string;
  /** How long containers may take to end; 0, the default, kills them at once. */
  readonly gracePeriodSeconds?: number;
  readonly signal?: AbortSignal;
}

/**
 * Ends every process that was started from this state directory, and its supervisor. Resolves when none is left. Close the
 * provider first: one that still runs starts a new supervisor.
 */
export async function stopSupervisor(options: StopSupervisorOptions): Promise<void> {
  const { directory, gracePeriodSeconds = 0 } = options;
  if (!existsSync(podsFolder(directory))) return;
  const signal = AbortSignal.any([options.signal ?? [], AbortSignal.timeout((gracePeriodSeconds + 60) * 1000)].flat());
  await using client = new SupervisorClient({ directory });
  // Also when there is none: its containers may have outlived it.
  await using connection = await client.connect(signal);
  await connection.request("shutdown", { gracePeriodSeconds }, signal);
  await connection.closed;
  while (isAlive(connection.supervisorPid)) await sleep(5, undefined, { signal });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(socket)).once("error", () => resolve(undefined));
  });
}
