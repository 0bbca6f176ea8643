import { type KubernetesObject, compareResourceVersions } from "@virtual-kubelet/kubernetes";

/** The newer of two versions of one object: the answer to a write may come before or after the watch's word of it. */
export function newestOf<T extends KubernetesObject>(known: T | undefined, heard: T): T {
  if (!known || known.metadata?.uid !== heard.metadata?.uid) return heard;
  const order = compareResourceVersions(heard.metadata?.resourceVersion, known.metadata?.resourceVersion);
  return order !== undefined && order < 0 ? known : heard;
}
