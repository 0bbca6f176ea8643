import type { Status } from "@virtual-kubelet/kubernetes";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import type { LatestSize } from "./latest-size.ts";

/** The client's end of a remote command, whatever it came over. */
export interface CommandStreams {
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** What the client types, to its end of file. Absent when it did not ask for it. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Resolve when the client has room for more. Absent when it did not ask for them. */
  readonly stdout?: Pick<ByteWriter, "write">;
  readonly stderr?: Pick<ByteWriter, "write">;
  readonly sizes: LatestSize;
  /** Tells how it ended, and ends the connection once that is delivered. */
  finish(status: Status): Promise<void>;
}
