/** What is there for every test: a cluster of the target, and a node in it whose pods are processes. */
export interface Stage {
  /** The target's name. */
  readonly target: string;
  /** The release of Kubernetes; absent on the embedded cluster. */
  readonly release?: string;
  /** Of an administrator. */
  readonly kubeconfig: string;
  /** The kubectl that users have today: its path. */
  readonly kubectl: string;
  /** The address of the API server and of the nodes. */
  readonly address: string;
  /** The node that all tests share. */
  readonly nodeName: string;
  /** For a node that a test has for itself: its name and the kubeconfig with which an agent is that node. */
  readonly spareNodes: Readonly<Record<SpareNode, string>>;
  /** For files; it ends with the run. */
  readonly folder: string;
}

/** Nodes that one test each may start. */
export const spareNodeNames = [
  "daemons",
  "drained",
  "lost",
  "tainted",
  "guarded",
  "skewed",
  "metered",
  "forced",
  "denied",
  "leased",
  "marked",
  "choosy",
  "crowded",
  "held",
  "nomad",
  "nomad-streams",
  "nomad-signalled",
  "nomad-restarted",
  "nomad-away",
  "nomad-denied",
  "nomad-full",
  "nomad-crowd",
] as const;
export type SpareNode = (typeof spareNodeNames)[number];

declare module "vitest" {
  export interface ProvidedContext {
    stage: Stage;
  }
  export interface TaskMeta {
    /** Why the case was skipped: reports carry it. */
    reason?: string;
  }
}
