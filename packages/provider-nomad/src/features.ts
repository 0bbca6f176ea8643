import type { PodFeatures } from "@virtual-kubelet/provider";
import type { ResolvedNomadOptions } from "./options.ts";

/** What jobs of this driver can and cannot give a pod. */
export function nomadFeatures(options: ResolvedNomadOptions): PodFeatures {
  throw new Error(`not yet: ${options.driver}`);
}
