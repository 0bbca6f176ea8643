import type { NodeAddress, NodeCondition, Taint } from "@virtual-kubelet/kubernetes";

/** The provider's part of the node object. What is absent is filled in by the node or left out. */
export interface NodeDescription {
  /** What pods may ask for in all: `{ cpu: "8", memory: "32Gi", pods: "110" }`. */
  readonly capacity?: Readonly<Record<string, string>>;
  /** What of it is left for pods; the capacity when absent. */
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly addresses?: readonly NodeAddress[];
  /** As in the label `kubernetes.io/os`: `linux` or `windows`. */
  readonly operatingSystem?: string;
  /** As in the label `kubernetes.io/arch`: `amd64`, `arm64`. */
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Conditions of the provider's own, and its word on the standard pressures. */
  readonly conditions?: readonly Pick<NodeCondition, "type" | "status" | "reason" | "message">[];
  /** Unique among the cluster's nodes: `process://host/name`. */
  readonly providerID?: string;
  /** What runs the containers, `<name>://<version>`. */
  readonly containerRuntimeVersion?: string;
}
