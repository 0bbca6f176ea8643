import type { PodContainer } from "../clients/paths.ts";

export interface NodeSetup {
  readonly nodeName: string;
  readonly kubeconfig: string;
  readonly directory: string;
  readonly address: string;
}

/** What a started node can be asked. */
export type NodeOrder =
  | { readonly order: "holdings" }
  /** Runs a command so many times by the provider alone, one after the other. */
  | {
      readonly order: "run";
      readonly target: PodContainer & { readonly uid: string };
      readonly command: readonly [string, ...string[]];
      readonly times: number;
    };

export interface NodeReport {
  /** What keeps its event loop alive, by kind, as Node.js tells it. */
  readonly resources: Readonly<Record<string, number>>;
  readonly rssBytes: number;
  /** How long each run took. */
  readonly durationsMs: readonly number[];
}
