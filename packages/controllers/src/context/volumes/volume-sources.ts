import type { ConfigMap, Pod, Secret } from "@virtual-kubelet/kubernetes";
import type { ServiceAccountToken } from "@virtual-kubelet/provider";

/** Where the contents of a volume come from. */
export interface VolumeSources {
  readonly pod: Pod;
  /** What the node can give to pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly configMap: (name: string) => Promise<ConfigMap | undefined>;
  readonly secret: (name: string) => Promise<Secret | undefined>;
  readonly token: (request: {
    readonly audience?: string;
    readonly expirationSeconds?: number;
  }) => Promise<ServiceAccountToken>;
}

/** The mode of files where a volume says none, which the API server has filled in. */
export const defaultFileMode = 0o644;
