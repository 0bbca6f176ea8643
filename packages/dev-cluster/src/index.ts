/**
 * A small Kubernetes API server in a function call, with the controllers that make a cluster: for demos and tests.
 *
 * ```ts
 * import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
 * import { startDevCluster } from "@virtual-kubelet/dev-cluster";
 *
 * await using cluster = await startDevCluster();
 * await using client = new KubernetesClient({ connection: cluster.connection() });
 * await client.create(resources.configMaps, { metadata: { name: "colours", namespace: "default" }, data: { sky: "blue" } });
 * console.log(cluster.kubeconfig()); // for kubectl
 * ```
 *
 * @packageDocumentation
 */
export type { Identity } from "./access/authority.ts";
export type { ControllerTiming } from "./controllers/cluster-controllers.ts";
export { type ClusterLogger, type DevCluster, type DevClusterOptions, startDevCluster } from "./dev-cluster.ts";
