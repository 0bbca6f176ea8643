import type { ByteSink, ByteSource } from "./byte-streams.ts";
import type { Awaitable } from "./provider.ts";

/** How a process ended. `unknown` is for backends that do not tell; it is never passed off as success. */
export type Exit =
  | { readonly type: "code"; readonly code: number }
  | { readonly type: "signal"; readonly signal: number }
  | { readonly type: "unknown"; readonly message?: string };

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A process in a container. The node pumps its streams; the provider hands over what it has. */
export interface ContainerProcess {
  /** Absent when the caller did not ask for it. Ending it is the process's end of file. */
  readonly stdin?: ByteSink;
  readonly stdout: ByteSource;
  /** Absent under a terminal, where both are one. */
  readonly stderr?: ByteSource;
  /** Settles when the process has ended, however it ended. Rejects only when the connection to it was lost. */
  wait(): Promise<Exit>;
  resize?(size: TerminalSize): Awaitable<void>;
}
