import type { TerminalSize } from "./container-process.ts";
import type { PodState } from "./provider.ts";

/** Comes last in every call. */
export interface Call {
  /**
   * Aborts when nobody waits any more: the node stops, the caller hung up, or the time ran out. For a call that gives a
   * stream, the deadline ends when the call resolves and the signal lives as long as the stream.
   */
  readonly signal: AbortSignal;
}

export interface CreateCall extends Call {
  /** To be kept with the pod in the backend and given back as `PodState.revision`. */
  readonly revision: string;
}

export interface UpdateCall extends Call {
  readonly revision: string;
  /** Which parts of the pod differ from what the backend was given last. */
  readonly changes: readonly PodChange[];
}

/** The parts of a pod that may change while it runs. */
export type PodChange =
  | "labels"
  | "annotations"
  | "images"
  | "resources"
  | "activeDeadlineSeconds"
  | "tolerations"
  | "ephemeralContainers";

export interface AdoptCall extends Call {
  /** What the backend last said of it. */
  readonly observed: PodState;
}

export interface DeleteCall extends Call {
  /** How long the pod's containers may take to end before they are killed; 0 is at once. */
  readonly gracePeriodSeconds: number;
}

export interface LogCall extends Call {
  /** Whether to go on until the container ends. */
  readonly follow: boolean;
  /** Whether to give the output of the run before this one. */
  readonly previous: boolean;
  /** Whether each line is to start with its time, RFC 3339 with nanoseconds, and a space. */
  readonly timestamps: boolean;
  /** Only lines of this moment or later. */
  readonly since?: Date;
  /** Only so many of the last lines; 0 is none. */
  readonly tailLines?: number;
  /** Only so many bytes, from the first that the other rules leave. */
  readonly limitBytes?: number;
  /** Only what the container wrote there; absent: both, as they came. */
  readonly stream?: "stdout" | "stderr";
}

export interface ExecCall extends Call {
  /** The program and its arguments; never passed through a shell. */
  readonly command: readonly [string, ...string[]];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** The terminal's first size, where the client told one. */
  readonly size?: TerminalSize;
}

export interface AttachCall extends Call {
  /** Whether the caller has a terminal; it means something only for a container that has one, too. */
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface PortCall extends Call {
  /** Between 1 and 65535. */
  readonly port: number;
}

export interface EnvironmentCall extends Call {
  /** The pod's addresses, once the backend knows them. */
  readonly podIPs?: readonly string[];
  readonly hostIPs?: readonly string[];
  /** For a backend that can read what the pod's containers have written: variables may come from files (`fileKeyRef`). */
  readonly files?: WrittenFiles;
}

/** What the containers of a pod have written into its emptyDir volumes. */
export interface WrittenFiles {
  /** `path` is relative to the volume. `undefined` when there is no such file; never one outside of the volume. */
  read(volume: string, path: string): Promise<Uint8Array | undefined>;
}

export interface VolumeCall extends Call {
  /** The volume's name in `spec.volumes`. */
  readonly volume: string;
}

export interface ImageCall extends Call {
  readonly image: string;
}

export interface TokenCall extends Call {
  /** Empty: the API server's own audience. */
  readonly audience?: string;
  readonly expirationSeconds?: number;
}
