import type { Status } from "@virtual-kubelet/kubernetes";
import { HttpError } from "../error-response.ts";
import type { Timeouts } from "../http/exchange.ts";
import type { StreamSelection } from "../remote-command/command-options.ts";
import type { CommandStreams } from "../remote-command/command-streams.ts";
import { LatestSize } from "../remote-command/latest-size.ts";
import { TerminalSizeReader } from "../remote-command/terminal-sizes.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import type { SpdyConnection } from "./spdy-connection.ts";
import type { SpdyStream } from "./spdy-stream.ts";

export interface SpdyCommandOptions {
  readonly selection: StreamSelection;
  /** `v4.channel.k8s.io` */
  readonly version: string;
  readonly timeouts: Timeouts;
}

type StreamType = "error" | "stdin" | "stdout" | "stderr" | "resize";

/** How long a client that has been told everything may take to hang up. */
const partingMs = 5_000;

/** A client's streams, each in a SPDY stream of its own. */
export class SpdyCommandStreams implements CommandStreams {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Pick<ByteWriter, "write">;
  readonly stderr?: Pick<ByteWriter, "write">;
  readonly sizes: LatestSize = new LatestSize();
  readonly #connection: SpdyConnection;
  readonly #streams: ReadonlyMap<StreamType, SpdyStream>;
  readonly #version: string;

  private constructor(
    connection: SpdyConnection,
    streams: ReadonlyMap<StreamType, SpdyStream>,
    { selection, version }: SpdyCommandOptions,
  ) {
    this.#connection = connection;
    this.#streams = streams;
    this.#version = version;
    const { stdin, stdout, stderr, resize } = Object.fromEntries(streams) as Partial<Record<StreamType, SpdyStream>>;
    if (stdin && selection.stdin) this.stdin = stdin.input;
    if (stdout) this.stdout = stdout;
    if (stderr) this.stderr = stderr;
    if (resize) void this.#readSizes(resize);
    else this.sizes.end();
  }

  /**
   * Waits for the streams that the client has announced: one for errors, one for each that it asked for, and one for sizes with a
   * terminal. The connection is ended when it does not open them in time, or others.
   */
  static async open(connection: SpdyConnection, options: SpdyCommandOptions): Promise<SpdyCommandStreams> {
    const expected = expectedStreams(options);
    const found = new Map<StreamType, SpdyStream>();
    const late = setTimeout(
      () => connection.destroy(new HttpError(400, "The client did not open the streams that it announced.")),
      options.timeouts.creationMs,
    );
    try {
      for await (const stream of connection.streams) {
        const type = stream.headers.get("streamtype") as StreamType;
        if (!expected.has(type) || found.has(type))
          throw new HttpError(400, `The client opened a stream of type ${type}.`);
        stream.accept();
        found.set(type, stream);
        if (found.size === expected.size) return new SpdyCommandStreams(connection, found, options);
      }
      throw connection.signal.reason as Error;
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  async finish(status: Status): Promise<void> {
    this.sizes.end();
    try {
      const text = this.#statusText(status);
      for (const [type, stream] of this.#streams) {
        stream.ignore();
        if (type !== "error") stream.end();
      }
      const errors = this.#streams.get("error");
      if (text !== undefined) await errors?.write(Buffer.from(text));
      errors?.end();
    } catch {
      // The client is gone.
    }
    await this.#connection.part(partingMs);
  }

  async #readSizes(resize: SpdyStream): Promise<void> {
    const reader = new TerminalSizeReader();
    for await (const bytes of resize.input) for (const size of reader.push(bytes)) this.sizes.set(size);
    this.sizes.end();
  }

  #statusText(status: Status): string | undefined {
    if (this.#version === "v4.channel.k8s.io") return JSON.stringify(status);
    return status.status === "Success" ? undefined : (status.message ?? "the command failed");
  }
}

function expectedStreams({ selection, version }: SpdyCommandOptions): ReadonlySet<StreamType> {
  const { stdin, stdout, stderr, tty } = selection;
  const hasSizes = version === "v4.channel.k8s.io" || version === "v3.channel.k8s.io";
  const asked: Readonly<Record<StreamType, boolean>> = { error: true, stdin, stdout, stderr, resize: tty && hasSizes };
  return new Set((Object.keys(asked) as StreamType[]).filter((type) => asked[type]));
}
