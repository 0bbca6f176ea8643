import type { DownwardAPIVolumeFile, Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError, type VolumeFile } from "@virtual-kubelet/provider";
import { fieldReference } from "../environment/field-reference.ts";
import { volumeResourceReference } from "../environment/resource-reference.ts";

export interface DownwardSource {
  readonly pod: Pod;
  /** What the node can give to pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** Of files for which nothing else is said. */
  readonly mode: number;
}

/** In a volume only what the pod's metadata says can be referred to, which may change while the pod runs. */
const inVolumes = /^metadata\.(name|namespace|uid|(labels|annotations)(\['.+'\])?)$/;

/**
 * A file for each field of the pod or resource of a container.
 *
 * @throws ProviderError `InvalidInput` for a field that volumes do not offer.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/downwardapi/downwardapi.go (`CollectData`)
 */
export function downwardFiles(items: readonly DownwardAPIVolumeFile[], source: DownwardSource): readonly VolumeFile[] {
  return items.map((item) => ({
    path: item.path,
    content: Buffer.from(valueOf(item, source)),
    mode: item.mode ?? source.mode,
    sensitive: false,
  }));
}

function valueOf({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, { pod, allocatable }: DownwardSource): string {
  if (fieldRef) {
    if (!inVolumes.test(fieldRef.fieldPath))
      throw new ProviderError("InvalidInput", `unsupported fieldPath: ${fieldRef.fieldPath}`);
    return fieldReference(pod, fieldRef.fieldPath);
  }
  return resourceFieldRef ? volumeResourceReference(pod, resourceFieldRef, allocatable) : "";
}
