import type { Pod } from "@virtual-kubelet/kubernetes";

/** What a provider makes of a part of a pod that it was asked for. */
export type PodFeature =
  /** Honoured. */
  | { readonly support: "supported" }
  /** The pod runs without it, and an event says so. */
  | { readonly support: "ignored"; readonly reason: string }
  /** The pod is not run; it waits and says why. */
  | { readonly support: "refused"; readonly reason: string };

/** One row of a provider's feature matrix. */
export type PodFeatureRow = PodFeature & {
  /** The field, as a user knows it: `spec.hostNetwork`, `livenessProbe`. */
  readonly field: string;
  /** Whether this pod asks for it. */
  asks(pod: Pod): boolean;
};

/** Pod field → supported, ignored (with an event) or refused (with a reason). A field that has no row is supported. */
export type PodFeatures = readonly PodFeatureRow[];
