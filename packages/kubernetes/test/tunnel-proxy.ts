import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy that knows nothing but CONNECT. */
export class TunnelProxy implements AsyncDisposable {
  readonly targets: string[] = [];
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connect", (request: IncomingMessage, client: Socket) => {
      const [host = "", port = ""] = (request.url ?? "").split(":");
      this.targets.push(`${host}:${port}`);
      const target = connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        client.pipe(target).pipe(client);
      });
      for (const socket of [client, target]) socket.on("error", () => {});
      this.#sockets.push(client, target);
    });
  }

  static async start(): Promise<TunnelProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TunnelProxy(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
