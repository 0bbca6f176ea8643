import type { RegistryCredential } from "@virtual-kubelet/provider";
import type { PullEntry } from "./docker-config.ts";
import type { ImageReference } from "./image-reference.ts";
import { bySpecificity, isFor } from "./registry-pattern.ts";

/** Of the entries that are for the image the most specific; of equal ones the first. */
export function bestCredential(image: ImageReference, entries: readonly PullEntry[]): RegistryCredential | undefined {
  const [best] = entries
    .filter(({ pattern }) => isFor(pattern, image))
    .toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
  if (!best) return undefined;
  const { pattern: _, ...login } = best;
  return { registry: image.registry, ...login };
}
