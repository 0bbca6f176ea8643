/** Why a provider call failed: decides whether it is tried again and what the user sees. */
export type ProviderErrorCode =
  | "NotFound"
  | "InvalidInput"
  | "Unsupported"
  | "Unauthorized"
  | "Unavailable"
  | "Throttled"
  | "DeadlineExceeded"
  | "QuotaExceeded"
  | "Conflict"
  | "ConfigMissing";

export interface ProviderErrorOptions {
  readonly cause?: unknown;
  /** How long the backend asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

const brand = Symbol.for("@virtual-kubelet/provider-error");

/** The one error of a provider. The message says what happened, to what, and what to do next. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly code: ProviderErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProviderErrorCode, message: string, options: ProviderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is a `ProviderError`, also one of another copy of this package; of the given code, if one is given. */
export function isProviderError(error: unknown, code?: ProviderErrorCode): error is ProviderError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || ("code" in error && error.code === code);
}

/** What the node does about a failed change of a pod, and what its user sees. */
export interface ProviderErrorPolicy {
  /** `backoff`: soon, then ever later. `change`: only when the pod or what it refers to has changed, or after minutes. */
  readonly retry: "backoff" | "change";
  /** The waiting reason that the pod's containers show, in kubelet's words where it has one. */
  readonly waitingReason: string;
}

/** One row per code. */
export const providerErrorPolicies: Readonly<Record<ProviderErrorCode, ProviderErrorPolicy>> = {
  NotFound: { retry: "backoff", waitingReason: "ProviderNotFound" },
  InvalidInput: { retry: "change", waitingReason: "CreateContainerConfigError" },
  Unsupported: { retry: "change", waitingReason: "Unsupported" },
  Unauthorized: { retry: "backoff", waitingReason: "ProviderUnauthorized" },
  Unavailable: { retry: "backoff", waitingReason: "ProviderUnavailable" },
  Throttled: { retry: "backoff", waitingReason: "ProviderThrottled" },
  DeadlineExceeded: { retry: "backoff", waitingReason: "ProviderDeadlineExceeded" },
  QuotaExceeded: { retry: "backoff", waitingReason: "ProviderQuotaExceeded" },
  Conflict: { retry: "backoff", waitingReason: "ProviderConflict" },
  ConfigMissing: { retry: "change", waitingReason: "CreateContainerConfigError" },
};
