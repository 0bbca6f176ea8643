/** What a pod may say to Nomad alone: as annotations, and, but for the priority, in its `nodeSelector`. */
export const annotations = {
  /** Separated by commas. */
  datacenters: "nomad.hashicorp.com/datacenters",
  nodePool: "nomad.hashicorp.com/node-pool",
  nodeClass: "nomad.hashicorp.com/node-class",
  /** 1 to 100. */
  priority: "nomad.hashicorp.com/priority",
  /** Followed by what of a client is compared: `nomad.hashicorp.com/constraint.attr.cpu.arch: "= arm64"`. */
  constraint: "nomad.hashicorp.com/constraint.",
} as const;
