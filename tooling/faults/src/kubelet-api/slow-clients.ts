import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { type Called, openTls } from "./raw-client.ts";

/** The beginning of a TLS handshake, and of a request; neither is ever finished. */
const hello = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Buffer.alloc(100, 7)]);
const headers = Buffer.from(`GET /pods HTTP/1.1\r\nHost: ${"a".repeat(100)}`);

/** Connections that say a byte a second: most of them in their handshake, and some in their headers. */
export class SlowClients implements Disposable {
  readonly #sockets: readonly Socket[];
  readonly #timer: NodeJS.Timeout;

  private constructor(inHandshake: readonly Socket[], inHeaders: readonly Socket[]) {
    this.#sockets = [...inHandshake, ...inHeaders];
    let at = 0;
    this.#timer = setInterval(() => {
      for (const socket of inHandshake) socket.write(hello.subarray(at, at + 1));
      for (const socket of inHeaders) socket.write(headers.subarray(at, at + 1));
      at++;
    }, 1000);
  }

  static async open(
    called: Called,
    { inHandshake, inHeaders }: { readonly inHandshake: number; readonly inHeaders: number },
  ): Promise<SlowClients> {
    const mute: Socket[] = [];
    for (let index = 0; index < inHandshake; index++) mute.push(await openTcp(called));
    const slow: Socket[] = [];
    for (let index = 0; index < inHeaders; index++) slow.push((await openTls(called)).resume());
    return new SlowClients(mute, slow);
  }

  /** How many the node has not closed yet. */
  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function openTcp({ host, port }: Called): Promise<Socket> {
  const socket = connect({ host, port }).on("error", () => {});
  await once(socket, "connect");
  return socket.resume();
}
