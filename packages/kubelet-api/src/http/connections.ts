import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * The open connections, and how many there may be. When that is reached, a new one takes the place of the oldest whose caller
 * has not proved who it is: whoever opens many and says nothing keeps nobody else out.
 */
export class Connections {
  readonly #limit: number;
  readonly #all = new Set<Duplex>();
  /** By both ends: TLS has a socket of its own for the same connection. The oldest first. */
  readonly #unproven = new Map<string, Socket>();

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  /** A connection of TCP, before TLS. */
  open(socket: Socket): void {
    const ends = endsOf(socket);
    if (this.#all.size >= this.#limit) {
      const [oldest] = this.#unproven.values();
      (oldest ?? socket).destroy();
      if (!oldest) return;
    }
    this.#all.add(socket);
    this.#unproven.set(ends, socket);
    socket.once("close", () => {
      this.#all.delete(socket);
      if (this.#unproven.get(ends) === socket) this.#unproven.delete(ends);
    });
  }

  /** Its caller is known. */
  prove(socket: Socket): void {
    this.#unproven.delete(endsOf(socket));
  }

  destroy(): void {
    for (const socket of this.#all) socket.destroy();
  }
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
