import { Quantity, type Volume } from "@virtual-kubelet/kubernetes";

/** The sources that a node cannot make itself: they come from elsewhere, or are another part of the host. */
export type RemoteSources = Omit<Volume, "name" | "configMap" | "secret" | "downwardAPI" | "projected" | "emptyDir">;
export type RemoteKind = keyof RemoteSources;

/** One source that is not the node's to make, as the pod has it. */
export type RemoteVolume = {
  readonly [K in RemoteKind]-?: {
    readonly type: "remote";
    readonly kind: K;
    readonly source: NonNullable<RemoteSources[K]>;
  };
}[RemoteKind];

/** What a provider has to do for a volume. */
export type PodVolume =
  /** A configMap, secret, downwardAPI or projected volume: its files come from the context's `volume`. */
  | { readonly type: "files" }
  /** An empty directory that lives as long as the pod. */
  | { readonly type: "emptyDir"; readonly medium: EmptyDirMedium; readonly sizeLimitBytes?: number }
  | RemoteVolume;

/** The node's own storage, memory, or huge pages of any size or of one. */
export type EmptyDirMedium = "" | "Memory" | "HugePages" | `HugePages-${string}`;

const fileSources = ["configMap", "secret", "downwardAPI", "projected"] as const;

/** Sorts a volume of a pod by what is to be done for it. One without a source is an emptyDir, as the API server has it. */
export function podVolume(volume: Volume): PodVolume {
  const { name: _name, emptyDir, ...sources } = volume;
  if (fileSources.some((source) => volume[source])) return { type: "files" };
  const remote = Object.entries(sources).find(([, source]) => source !== undefined);
  // The entry is one of the type's own, kind and source together, which the entries' type does not say.
  if (remote && !emptyDir) return { type: "remote", kind: remote[0], source: remote[1] } as RemoteVolume;
  const { medium = "", sizeLimit } = emptyDir ?? {};
  const limit = sizeLimit === undefined ? undefined : Number(Quantity.parse(sizeLimit).value());
  return {
    type: "emptyDir",
    medium: medium as EmptyDirMedium,
    ...(limit === undefined ? {} : { sizeLimitBytes: limit }),
  };
}
