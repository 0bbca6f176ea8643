/** Cases that fail for want of something that the node is to do, but does not do yet. */
export interface Awaited {
  /** Of the whole name. */
  readonly matches: RegExp;
  readonly reason: string;
}

export const awaited: readonly Awaited[] = [
  {
    matches: /in (postStart|preStop) lifecycle hooks/,
    reason: "the node does not run postStart and preStop hooks yet",
  },
  {
    matches: /Subpath Container restart/,
    reason: "the node does not run liveness probes yet, which restart the container here",
  },
];
