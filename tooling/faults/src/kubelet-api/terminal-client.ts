import { once } from "node:events";
import { type Endpoint, type PodContainer, commandPath, openWebSocket } from "@virtual-kubelet/stream-load";

type WebSocket = Awaited<ReturnType<typeof openWebSocket>>["webSocket"];

const channels = { stdout: 1, error: 3, resize: 4 } as const;

/** A command on a terminal, over a WebSocket. */
export class TerminalClient {
  readonly #webSocket: WebSocket;
  /** What the node says in the end: a Status, in JSON. */
  readonly status: Promise<string>;

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    let said = "";
    webSocket.on("message", (message: Buffer) => {
      if (message[0] === channels.error) said += message.toString("utf8", 1);
    });
    this.status = once(webSocket, "close").then(() => said);
  }

  static async open(node: Endpoint, target: PodContainer, command: readonly string[]): Promise<TerminalClient> {
    const path = commandPath(node, target, { command, streams: ["stdin", "stdout", "tty"] });
    const { webSocket } = await openWebSocket(node, path, "v5.channel.k8s.io");
    return new TerminalClient(webSocket);
  }

  resize(columns: number, rows: number): void {
    const size = Buffer.from(JSON.stringify({ Width: columns, Height: rows }));
    this.#webSocket.send(Buffer.concat([Buffer.from([channels.resize]), size]));
  }
}
