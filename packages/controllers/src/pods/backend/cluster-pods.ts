import { type KubernetesClient, type ObjectList, type Pod, resources } from "@virtual-kubelet/kubernetes";

export interface ClusterPodsOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
}

/** The UIDs of the node's pods. A list without a resource version is consistent, and a node may not get a pod that is gone. */
export async function clusterPods(
  { client, nodeName }: ClusterPodsOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const fieldSelector = `spec.nodeName=${nodeName}`;
  const uids = new Set<string>();
  let next: string | undefined;
  do {
    const page: ObjectList<Pod> = await client.list(resources.pods, {
      fieldSelector,
      limit: 500,
      continue: next,
      signal,
    });
    for (const { metadata } of page.items ?? []) uids.add(metadata.uid);
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return uids;
}
