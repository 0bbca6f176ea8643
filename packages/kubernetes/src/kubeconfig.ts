/**
 * Connections from kubeconfig files: an entry of its own, to be imported only where there is one, because it brings a
 * YAML parser and, when a user needs them, the credential plugins of `@kubernetes/client-node`.
 *
 * ```ts
 * import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
 * import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";
 *
 * await using client = new KubernetesClient({ connection: await connectionFromKubeconfig({ context: "kind-kind" }) });
 * console.log((await client.list(resources.nodes)).items.map((node) => node.metadata.name));
 * ```
 *
 * @packageDocumentation
 */
export { connectionFromKubeconfig, type KubeconfigOptions } from "./kubeconfig/connection-from-kubeconfig.ts";
