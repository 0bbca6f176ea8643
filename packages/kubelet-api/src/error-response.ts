import { isProviderError } from "@virtual-kubelet/provider";
import type { ProviderErrorCode } from "@virtual-kubelet/provider";

/** A request that is refused: an HTTP status and one sentence, which becomes the body. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** What a failed call of the provider is over HTTP, and as the `reason` of a Kubernetes Status. */
export interface ErrorPolicy {
  readonly status: number;
  readonly reason: string;
}

/**
 * One row per code. `Unauthorized` is our own standing with the backend, not the caller's with us, so it is a bad gateway:
 * a 401 would make the caller look for a fault in its own credentials.
 */
export const errorPolicies: Readonly<Record<ProviderErrorCode, ErrorPolicy>> = {
  NotFound: { status: 404, reason: "NotFound" },
  InvalidInput: { status: 400, reason: "BadRequest" },
  Unsupported: { status: 501, reason: "NotImplemented" },
  Unauthorized: { status: 502, reason: "InternalError" },
  Unavailable: { status: 503, reason: "ServiceUnavailable" },
  Throttled: { status: 429, reason: "TooManyRequests" },
  DeadlineExceeded: { status: 504, reason: "Timeout" },
  QuotaExceeded: { status: 503, reason: "ServiceUnavailable" },
  Conflict: { status: 409, reason: "Conflict" },
  ConfigMissing: { status: 400, reason: "BadRequest" },
};

const internalError: ErrorPolicy = { status: 500, reason: "InternalError" };

/** The row for anything that was thrown; what is no `ProviderError` is an internal error. */
export function errorPolicyOf(error: unknown): ErrorPolicy {
  return isProviderError(error) ? (errorPolicies[error.code] ?? internalError) : internalError;
}

/** The answer to a request that failed. */
export function errorResponse(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { status } = errorPolicyOf(error);
  const retryAfterMs = isProviderError(error) ? error.retryAfterMs : undefined;
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) headers["Retry-After"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return new HttpError(status, errorMessage(error), headers);
}

const longestMessage = 4096;

/** What an error says, cut to a length that a header-sized reader can bear; never empty. */
export function errorMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : "";
  return text === "" ? "The provider failed and did not say why." : text.slice(0, longestMessage);
}
