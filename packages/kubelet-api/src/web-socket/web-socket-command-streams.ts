import type { Status } from "@virtual-kubelet/kubernetes";
import type { StreamSelection } from "../remote-command/command-options.ts";
import type { CommandStreams } from "../remote-command/command-streams.ts";
import { LatestSize } from "../remote-command/latest-size.ts";
import { TerminalSizeReader } from "../remote-command/terminal-sizes.ts";
import type { ByteQueue } from "../streaming/byte-queue.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import { channels } from "./channel-frame.ts";
import type { ChannelProtocol } from "./channel-protocol.ts";
import type { ChannelSocket } from "./channel-socket.ts";

export interface WebSocketCommandOptions {
  readonly protocol: ChannelProtocol;
  readonly selection: StreamSelection;
}

/** A client's streams in the channels of a WebSocket. */
export class WebSocketCommandStreams implements CommandStreams {
  readonly stdin?: ByteQueue;
  readonly stdout?: Pick<ByteWriter, "write">;
  readonly stderr?: Pick<ByteWriter, "write">;
  readonly sizes: LatestSize = new LatestSize();
  readonly #socket: ChannelSocket;
  readonly #protocol: ChannelProtocol;

  constructor(socket: ChannelSocket, { protocol, selection }: WebSocketCommandOptions) {
    this.#socket = socket;
    this.#protocol = protocol;
    const { stdin, stdout, stderr, tty } = selection;
    if (stdin) this.stdin = socket.input(channels.stdin);
    if (stdout) this.stdout = socket.writer(channels.stdout);
    if (stderr) this.stderr = socket.writer(channels.stderr);
    if (tty) void this.#readSizes(socket.input(channels.resize));
    else this.sizes.end();
    // An empty message says that the connection stands, as kubelet's does.
    const greeted = stdout ? channels.stdout : stderr ? channels.stderr : channels.error;
    socket.deliver(greeted, Buffer.alloc(0)).catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#socket.signal;
  }

  async finish(status: Status): Promise<void> {
    this.stdin?.close();
    this.sizes.end();
    const text = this.#statusText(status);
    try {
      // Only when the client has room is the closing begun: from then on it has but seconds.
      if (text !== undefined) await this.#socket.deliver(channels.error, Buffer.from(text));
      await this.#socket.close();
    } catch {
      await this.#socket.terminate();
    }
  }

  async #readSizes(resize: ByteQueue): Promise<void> {
    const reader = new TerminalSizeReader();
    for await (const bytes of resize) for (const size of reader.push(bytes)) this.sizes.set(size);
    this.sizes.end();
  }

  #statusText(status: Status): string | undefined {
    if (this.#protocol.jsonStatus) return JSON.stringify(status);
    return status.status === "Success" ? undefined : (status.message ?? "the command failed");
  }
}
