import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { ApiError, type ApiErrorReason } from "../api-error.ts";

const reasons: Readonly<Record<number, ApiErrorReason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

/** A kubelet's refusal as an answer of the API server: its own words, with the reason of its status. */
export async function kubeletError(response: IncomingMessage): Promise<ApiError> {
  const said = (await text(response)).trim();
  const status = response.statusCode ?? 500;
  return new ApiError(
    reasons[status] ?? "InternalError",
    messageOf(said) || `the node answered with HTTP status ${status}`,
  );
}

/** A kubelet answers in plain text, some in a Status. */
function messageOf(said: string): string {
  if (!said.startsWith("{")) return said;
  try {
    return (JSON.parse(said) as { readonly message?: string }).message ?? said;
  } catch {
    return said;
  }
}
