/** Cases that a node whose pods are processes cannot honour, or that a cluster as it comes does not have. */
export interface NotApplicable {
  /** Of the whole name. */
  readonly matches: RegExp;
  readonly reason: string;
}

const alpha =
  "a field of an alpha feature, which objects of a cluster do not have unless somebody turns its gate on; the node does not read it yet";

export const notApplicable: readonly NotApplicable[] = [
  { matches: /\[FeatureGate:AtomicWriteVolumeUserFields\]/, reason: `\`user\` and \`defaultUser\`: ${alpha}` },
  { matches: /\[FeatureGate:EmptyDirVolumeMode\]/, reason: `\`emptyDir.mode\`: ${alpha}` },
  {
    matches: /\[FeatureGate:GitRepoVolumeDriver\]/,
    reason: "volumes of type gitRepo are deprecated, and off in this release of Kubernetes",
  },
];
