import type { StatusDetails } from "../objects/generated/kubernetes-objects.ts";

/** What is known of a failure besides its reason and its message. */
export interface KubernetesErrorOptions {
  /** HTTP status; 0, the default, when there was no answer. */
  readonly code?: number;
  readonly details?: StatusDetails | undefined;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for("@virtual-kubelet/kubernetes-error");

/**
 * Any failed request: a `Status` of the API server, or no proper answer at all.
 *
 * `reason` is Kubernetes' own word when the server gave one (`NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`,
 * `Forbidden`, …) and empty when it gave none. Without an answer `code` is 0 and `reason` is one of ours: `Unreachable`,
 * `DeadlineExceeded`, `InvalidResponse`, `InvalidCredentials`, `InvalidKubeconfig`, `NotInCluster`, `CertificateRefused`,
 * `Closed`.
 */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, message: string, options: KubernetesErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? 0;
    this.reason = reason;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is a `KubernetesError`, also one of another copy of this package; of the given reason, if one is given. */
export function isKubernetesError(error: unknown, reason?: string): error is KubernetesError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return reason === undefined || (error as { readonly reason?: unknown }).reason === reason;
}
