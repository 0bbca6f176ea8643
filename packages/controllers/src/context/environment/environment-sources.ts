import type { ConfigMap, Container, Pod, Secret, Service } from "@virtual-kubelet/kubernetes";
import type { WrittenFiles } from "@virtual-kubelet/provider";
import type { PodAddresses } from "./field-reference.ts";
import type { ApiServerForPods } from "./service-variables.ts";

/** Where the values of a container's environment come from. */
export interface EnvironmentSources {
  readonly pod: Pod;
  readonly container: Container;
  readonly addresses: PodAddresses;
  /** What the node can give to pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** What the pod's containers have written, where the backend can read it. */
  readonly files?: WrittenFiles | undefined;
  /** Where pods reach the API server, when that is not where Service default/kubernetes says. */
  readonly apiServer?: ApiServerForPods | undefined;
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  /** At least those whose variables the pod gets; others do no harm. */
  services(): Promise<readonly Service[]>;
}
