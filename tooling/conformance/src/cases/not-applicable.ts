/** Cases that a node whose pods are processes cannot honour, whatever it does. */
export interface NotApplicable {
  /** Of the whole name. */
  readonly matches: RegExp;
  readonly reason: string;
}

export const notApplicable: readonly NotApplicable[] = [
  {
    matches: /\[FeatureGate:GitRepoVolumeDriver\]/,
    reason: "volumes of type gitRepo are deprecated, and off in this release of Kubernetes",
  },
];
