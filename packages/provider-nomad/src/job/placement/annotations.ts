const prefix = "nomad.hashicorp.com/";

/** What a pod may say to Nomad alone: as annotations, and, but for the priority, in its `nodeSelector`. */
export const annotations = {
  /** Separated by commas. */
  datacenters: `${prefix}datacenters`,
  nodePool: `${prefix}node-pool`,
  nodeClass: `${prefix}node-class`,
  /** 1 to 100. */
  priority: `${prefix}priority`,
  /** Followed by what of a client is compared: `nomad.hashicorp.com/constraint.attr.cpu.arch: "= arm64"`. */
  constraint: `${prefix}constraint.`,
} as const;
