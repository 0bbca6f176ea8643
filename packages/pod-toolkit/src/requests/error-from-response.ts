import { ProviderError, type ProviderErrorCode, isProviderError } from "@virtual-kubelet/provider";
import { retryAfterMs } from "./retry-after.ts";

/** An answer of a backend that is not what was asked for. */
export interface FailedResponse {
  /** Of HTTP. */
  readonly status: number;
  /** What the backend says of it: its body, or a part of that. */
  readonly message?: string;
  /** The header of that name. */
  readonly retryAfter?: string | null | undefined;
  /** What it is, where the backend says it better than by its status. */
  readonly code?: ProviderErrorCode;
}

const codes: Readonly<Record<number, ProviderErrorCode>> = {
  400: "InvalidInput",
  401: "Unauthorized",
  402: "QuotaExceeded",
  403: "Unauthorized",
  404: "NotFound",
  405: "Unsupported",
  408: "Unavailable",
  409: "Conflict",
  410: "NotFound",
  412: "Conflict",
  413: "InvalidInput",
  415: "InvalidInput",
  422: "InvalidInput",
  425: "Unavailable",
  429: "Throttled",
  501: "Unsupported",
  507: "QuotaExceeded",
};

const advice: Readonly<Partial<Record<ProviderErrorCode, string>>> = {
  Unauthorized: "check the provider's credentials and what they may do",
  QuotaExceeded: "free something there, or have the quota raised",
  Throttled: "it is tried again later",
  Unavailable: "it is tried again",
};

const longestExcerpt = 500;

/** The error that a backend's answer stands for. Any status that is not in the table is `Unavailable` from 500, else `InvalidInput`. */
export function errorFromResponse(response: FailedResponse, what: string): ProviderError {
  const { status, message = "" } = response;
  const code = response.code ?? codes[status] ?? (status >= 500 ? "Unavailable" : "InvalidInput");
  const said = excerptOf(message);
  const waitMs = retryAfterMs(response.retryAfter);
  return new ProviderError(
    code,
    [`${what} was answered with ${status}`, said, advice[code]].filter((part) => part).join(": "),
    waitMs === undefined ? {} : { retryAfterMs: waitMs },
  );
}

/** What to look at, by Node's code for why there was no answer. */
const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there: check the address, and whether the server runs",
  ENOTFOUND: "there is no host of this name: check the address",
  EAI_AGAIN: "its name cannot be resolved now",
  ETIMEDOUT: "it does not answer: check the address and the network",
  EHOSTUNREACH: "there is no way to it: check the address and the network",
  ECONNRESET: "the connection broke",
  ENOENT: "there is no such program, file or socket: check its path",
  EACCES: "this user may not open or run it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the CA that was given",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the CA that was given",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by the CA that was given",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the CA that was given",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name: use that, or set the TLS server name",
};

/**
 * The error of a request that got no answer, or of a program that has failed (`execFile`): `DeadlineExceeded` when it was given up, else
 * `Unavailable`. One that is a `ProviderError` already is given back.
 */
export function errorFromFailure(error: unknown, what: string): ProviderError {
  if (isProviderError(error)) return error;
  if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError"))
    return new ProviderError("DeadlineExceeded", `${what} had no answer in time: whether it was done is unknown`, {
      cause: error,
    });
  const code = codeOf(error) ?? "";
  const said = saidByProgram(error);
  // Without its cause, whose message repeats the whole command, with the secrets that are in it.
  if (said !== undefined) return new ProviderError("Unavailable", `${what} failed: ${causes[code] ?? said}`);
  const detail = causes[code] ?? (error instanceof Error ? error.message || code || error.name : String(error));
  return new ProviderError("Unavailable", `${what} had no answer: ${detail}`, { cause: error });
}

/** What `node:child_process` adds to an error. */
interface ProgramFailure {
  readonly cmd?: unknown;
  readonly spawnargs?: unknown;
  readonly stderr?: string | Buffer;
  readonly signal?: NodeJS.Signals | null;
  readonly code?: string | number | null;
}

/** What a program that was run by `node:child_process` has said of its failure; `undefined` for all other errors. */
function saidByProgram(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("cmd" in error || "spawnargs" in error)) return undefined;
  const { stderr = "", signal, code }: ProgramFailure = error;
  const end = signal ? `was ended by ${signal}` : `ended with ${code ?? "an exit code that is not known"}`;
  return excerptOf(String(stderr)) || `it ${end}`;
}

function excerptOf(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, longestExcerpt);
}

/** That of the error, or of what it stands for: `fetch` wraps it. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? codeOf(error.cause) : undefined;
}
