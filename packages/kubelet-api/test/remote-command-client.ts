import { once } from "node:events";
import type { Status } from "@virtual-kubelet/kubernetes";
import type { WebSocket } from "ws";
import type { Kubelet } from "./kubelet.ts";

export interface ExecRequest {
  readonly command: readonly string[];
  readonly container?: string;
  /** Which streams to ask for: `input`, `output`, `error`, `tty`. */
  readonly streams?: readonly string[];
  readonly protocols?: readonly string[];
}

export function execPath({ command, container = "app", streams = ["input", "output", "error"] }: ExecRequest): string {
  const query = new URLSearchParams();
  for (const part of command) query.append("command", part);
  for (const name of streams) query.append(name, "1");
  return `/exec/default/web/${container}?${query.toString()}`;
}

/** The client's end of an exec, as kubectl would hold it. */
export class RemoteCommand {
  readonly socket: WebSocket;
  /** What came on each channel. */
  readonly received = new Map<number, Buffer[]>();
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, "close").then(([code]) => code as number);
    socket.on("message", (data: Buffer) => {
      const message = socket.protocol.includes("base64")
        ? Buffer.concat([Buffer.from([Number(data.toString()[0])]), Buffer.from(data.toString().slice(1), "base64")])
        : data;
      const channel = message[0] ?? -1;
      const chunks = this.received.get(channel);
      if (chunks) chunks.push(message.subarray(1));
      else this.received.set(channel, [message.subarray(1)]);
    });
  }

  static async open(kubelet: Kubelet, request: ExecRequest): Promise<RemoteCommand> {
    const command = new RemoteCommand(kubelet.webSocket(execPath(request), request.protocols));
    await once(command.socket, "open");
    return command;
  }

  text(channel: number): string {
    return Buffer.concat(this.received.get(channel) ?? []).toString();
  }

  /** Resolves when the client's own buffers have room. */
  send(channel: number, payload: string | Uint8Array): Promise<void> {
    const body = typeof payload === "string" ? Buffer.from(payload) : payload;
    return new Promise((resolve, reject) => {
      this.socket.send(Buffer.concat([Buffer.from([channel]), body]), (error) => (error ? reject(error) : resolve()));
    });
  }

  closeStdin(): void {
    this.socket.send(Buffer.from([255, 0]));
  }

  /** How it ended. */
  async status(): Promise<Status> {
    await this.closed;
    return JSON.parse(this.text(3)) as Status;
  }
}
