import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Below these a port may be a service's own; above, systems give ports to connections, one of which may have it after a restart. */
const [lowest, end] = [20_000, 32_768];
/** A multiple of this is the first port of a block. */
const size = 8;

/**
 * Ports side by side for programs that are started, and started again, by and by. The first one is listened on as long as the
 * block lives, by which others who want a block know that it is taken.
 */
export class PortBlock implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #mark: Server;

  private constructor(mark: Server, ports: readonly number[]) {
    this.#mark = mark;
    this.ports = ports;
  }

  /** @param count at most seven */
  static async reserve(count: number): Promise<PortBlock> {
    for (;;) {
      const first = randomInt(lowest / size, end / size) * size;
      const mark = await listenOn(first);
      if (!mark) continue;
      const ports = Array.from({ length: count }, (_, index) => first + 1 + index);
      if (await areFree(ports)) return new PortBlock(mark.unref(), ports);
      await close(mark);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await close(this.#mark);
  }
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers = await Promise.all(ports.map(listenOn));
  await Promise.all(servers.flatMap((server) => (server ? [close(server)] : [])));
  return servers.every((server) => server !== undefined);
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}
