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
  /** The system's name for people: `Debian GNU/Linux 12 (bookworm)`. The operating system when absent. */
  readonly osImage?: string;
  /** As `uname -r` gives it: `6.1.0-18-amd64`. */
  readonly kernelVersion?: string;
  /** What tells the installed system from others: `/etc/machine-id`. */
  readonly machineID?: string;
  /** What tells the machine from others: the UUID that its firmware gives. */
  readonly systemUUID?: string;
  /** Changes with each start of the machine. */
  readonly bootID?: string;
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
