import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { PortCall, Provider } from "@virtual-kubelet/provider";
import { bareProvider } from "./host-provider.ts";

/** What listens in a pod. */
export class TcpServer implements AsyncDisposable {
  readonly connections = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.connections.add(socket);
      socket.on("error", () => {}).once("close", () => this.connections.delete(socket));
    });
  }

  static async start(serve: (socket: Socket) => void): Promise<TcpServer> {
    const server = new TcpServer(createServer({ allowHalfOpen: true }, serve));
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Gives back what it is sent, and its end. */
export const echo = (socket: Socket): void => void socket.pipe(socket);

/** A provider whose pods' ports are this machine's. */
export function portProvider(): Provider & { readonly calls: PortCall[]; readonly sockets: Socket[] } {
  const [calls, sockets]: [PortCall[], Socket[]] = [[], []];
  const forwardPort: Provider["forwardPort"] = async (_pod, call) => {
    calls.push(call);
    const socket = connect({ port: call.port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket);
    call.signal.addEventListener("abort", () => socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { ...bareProvider, forwardPort, calls, sockets };
}
