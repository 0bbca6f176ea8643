import type { View } from "../views/view.ts";

/**
 * Raised with each change by which a client and a supervisor of different versions could misunderstand each other. What is only
 * added, and may be missing, raises nothing. A client can do with older supervisors down to `oldestSupervisor`; a supervisor
 * serves clients down to `oldestClient`, and says so.
 */
export const protocolVersion = 3;
export const oldestSupervisor = 2;
export const oldestClient = 2;

/** The first supervisor that knows root views: an older one would start the container in the host's tree. */
export const firstWithViews = 3;

/** What a supervisor says first. */
export interface Hello {
  readonly protocol: number;
  /** The oldest client that it serves; absent: those of its own version only. */
  readonly oldestClient?: number;
  readonly pid: number;
}

/** Whether this version can work with a supervisor that greets so. */
export function isUsable({ protocol, oldestClient: oldest = protocol }: Hello): boolean {
  return protocol >= oldestSupervisor && oldest <= protocolVersion;
}

/** One run of one container. */
export interface RunRef {
  readonly uid: string;
  readonly container: string;
  readonly attempt: number;
}

/** How a process ended; as the contract's `Exit`. */
export type ProcessExit =
  | { readonly type: "code"; readonly code: number }
  | { readonly type: "signal"; readonly signal: number }
  | { readonly type: "unknown"; readonly message?: string };

export interface RunEnd {
  readonly exit: ProcessExit;
  readonly finishedAtMs: number;
  readonly reason?: string;
  readonly message?: string;
}

/** What a client is told of a run. */
export interface Run extends RunRef {
  readonly backoffMs: number;
  /** What its container said that it was to run; only kept. */
  readonly image?: string;
  readonly startedAtMs: number;
  readonly stopByMs?: number;
  /** Present once no process is left and all output is kept. */
  readonly end?: RunEnd;
}

/** A process to be started. */
export interface ProcessSpec {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The program as the pod has it, where variables in it have been expanded. */
  readonly writtenProgram?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** An absolute path of the host; the run's own directory when absent. */
  readonly workingDirectory?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What it sees in place of the host's file system, in which its paths are then; it has the view's user. */
  readonly view?: View;
  /** Whether the last of its output is told as its message when it fails and has left none. */
  readonly messageFromLogs?: boolean;
  readonly tty: boolean;
  /** Whether its input is open for callers, of whom any number may come, or only one. Absent: it has none. */
  readonly stdin?: "many" | "once";
}

export interface StartParams extends RunRef {
  /** Only kept, like the image. */
  readonly backoffMs: number;
  readonly image?: string;
  readonly spec: ProcessSpec;
}

export interface ExecSpec extends RunRef {
  readonly command: readonly [string, ...string[]];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface AttachSpec extends RunRef {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** An address of this host at which only sockets of one pod take a port's connections, and which sockets these are. */
export interface ReachableAddress {
  readonly address: string;
  readonly inodes: readonly string[];
}

/** CPU time since `sinceMs`, which moves when the counter begins again. */
export interface CpuUsage {
  readonly sinceMs: number;
  readonly nanoseconds: number;
  /** Cores in use between the last two readings, in billionths; absent at first. */
  readonly nanoCores?: number;
}

export interface ContainerUsage {
  readonly container: string;
  readonly cpu: CpuUsage;
  readonly processes: number;
  /** Its share of all that its processes use: what several have in common is counted once. */
  readonly memoryBytes: number;
  /** What of that belongs to no file. */
  readonly anonymousBytes: number;
}

export interface PodUsage {
  readonly uid: string;
  /** Of all runs of all containers, those that have ended too. */
  readonly cpu: CpuUsage;
  /** Those that run. */
  readonly containers: readonly ContainerUsage[];
}

/** What a client asks of the supervisor: method → parameters and result. */
export interface Methods {
  readonly ping: { readonly params: object; readonly result: object };
  /** `record` is the client's own and only kept. */
  readonly keepPod: { readonly params: { uid: string; owner: string; record: unknown }; readonly result: object };
  readonly forgetPod: { readonly params: { uid: string }; readonly result: object };
  readonly start: { readonly params: StartParams; readonly result: Run };
  readonly stop: { readonly params: RunRef & { gracePeriodSeconds: number }; readonly result: object };
  readonly forgetRun: { readonly params: RunRef; readonly result: object };
  /** Answered by events instead of a result. */
  readonly watch: { readonly params: { owner: string }; readonly result: object };
  /** Turns the connection into the streams of a process. */
  readonly exec: { readonly params: ExecSpec; readonly result: object };
  /** Turns the connection into the streams of a container's main process. */
  readonly attach: { readonly params: AttachSpec; readonly result: { tty: boolean } };
  /** Where connections to a port reach a pod. */
  readonly findPort: {
    readonly params: { uid: string; port: number };
    readonly result: { addresses: readonly ReachableAddress[] };
  };
  /** What the pods of an owner use, read now. */
  readonly usage: {
    readonly params: { owner: string };
    readonly result: { readAtMs: number; pods: readonly PodUsage[] };
  };
  /** Ends every container, and then the supervisor. */
  readonly shutdown: { readonly params: { gracePeriodSeconds: number }; readonly result: object };
}
export type Method = keyof Methods;

export type Request<M extends Method = Method> = {
  readonly [K in M]: { readonly id: number; readonly method: K; readonly params: Methods[K]["params"] };
}[M];

/** Why a request failed; the codes are the contract's. */
export interface Failure {
  readonly code: "NotFound" | "Conflict" | "InvalidInput" | "Unavailable";
  readonly message: string;
}

export type WatchEvent =
  | { readonly type: "pod"; readonly record: unknown }
  | { readonly type: "run"; readonly run: Run }
  | { readonly type: "synced" };

/** From the supervisor to a client. */
export type Reply =
  | { readonly hello: Hello }
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly failure: Failure }
  | { readonly event: WatchEvent }
  | { readonly exit: ProcessExit }
  /** The caller has been given up; the process goes on. */
  | { readonly detached: Failure };

/** From a client to a process, beside its stdin. */
export interface Resize {
  readonly resize: { readonly columns: number; readonly rows: number };
}
