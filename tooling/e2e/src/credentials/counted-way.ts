import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to the API server on which its connections can be counted and cut; what goes over them it does not understand. */
export class CountedWay implements AsyncDisposable {
  /** `https://<address>:<port>` */
  readonly server: string;
  /** How many connections there have been. */
  opened = 0;
  readonly #listener: Server;
  readonly #sockets = new Map<Socket, number>();

  private constructor(listener: Server, target: URL) {
    this.#listener = listener;
    this.server = `https://${target.hostname}:${(listener.address() as AddressInfo).port}`;
    listener.on("connection", (near) => {
      this.opened++;
      const far = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on("error", () => {}).on("close", () => to.destroy());
        from.pipe(to);
      }
      this.#sockets.set(near, this.opened);
      near.on("close", () => this.#sockets.delete(near));
    });
  }

  static async to(server: string): Promise<CountedWay> {
    const target = new URL(server);
    const listener = createServer().listen(0, target.hostname);
    await once(listener, "listening");
    return new CountedWay(listener, target);
  }

  /** Those that are open: the how manieth each was, from 1. */
  get open(): readonly number[] {
    return [...this.#sockets.values()];
  }

  /** Ends the connections that there are. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }
}
