import type { Status } from "../objects/generated/kubernetes-objects.ts";
import { KubernetesError } from "./kubernetes-error.ts";

/** What the server answered instead of what was asked for. */
export interface FailedAnswer {
  /** What was asked: `GET /api/v1/nodes`. */
  readonly what: string;
  readonly code: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * The error that a failed answer stands for; an answer that is no `Status` comes from something between us and
 * Kubernetes.
 */
export function errorFromAnswer(answer: FailedAnswer): KubernetesError {
  const { what, code } = answer;
  const status = parseStatus(answer.body);
  const afterSeconds = retryAfterSeconds(answer.headers["retry-after"]);
  if (status) return errorFromStatus(status, { what, code, afterSeconds });
  const type = header(answer.headers["content-type"]) || "no content type";
  const message = `${what}: ${code} ${answer.statusText}: the answer is no Kubernetes status (${type}): ${excerptOf(what, answer.body)}`;
  return new KubernetesError("", message, { code, retryAfterMs: toMs(afterSeconds) });
}

/** The error that a `Status` stands for, as the body of an answer or as an `ERROR` event of a watch. */
export function errorFromStatus(
  status: Status,
  answer: { readonly what: string; readonly code?: number; readonly afterSeconds?: number | undefined },
): KubernetesError {
  const code = answer.code ?? status.code ?? 0;
  const reason = status.reason ?? "";
  const message = `${answer.what}: ${code} ${reason}: ${status.message ?? "no message"}`;
  const retryAfterMs = toMs(answer.afterSeconds ?? status.details?.retryAfterSeconds);
  return new KubernetesError(reason, message, { code, details: status.details, retryAfterMs });
}

/** What a successful answer, or a line of a watch, should have been and is not. */
export interface InvalidAnswer {
  /** Whose answer it is: `GET /api/v1/nodes`. */
  readonly what: string;
  /** `the answer is not JSON`. */
  readonly problem: string;
  readonly text: string;
  readonly cause?: unknown;
}

/** The error of an answer that is damaged, or comes from something between us and Kubernetes. */
export function errorFromInvalidAnswer({ what, problem, text, cause }: InvalidAnswer): KubernetesError {
  // A parser's error quotes what it parsed.
  const options = cause === undefined || holdsSecrets(what) ? {} : { cause };
  return new KubernetesError("InvalidResponse", `${what}: ${problem}: ${excerptOf(what, text)}`, options);
}

/** How an answer begins; of one that holds secrets only how long it is: messages end in logs, events and the status of pods. */
function excerptOf(what: string, text: string): string {
  if (holdsSecrets(what)) return `${text.length} characters, not shown because there may be secrets among them`;
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 200) || "empty";
}

/** Secrets, tokens that were asked for, and tokens of callers. */
function holdsSecrets(what: string): boolean {
  return /\/(secrets|tokenreviews|token)(\/|$)/.test(what);
}

/** Seconds of a `Retry-After` header in either of its forms: a number, or a date. */
export function retryAfterSeconds(value: string | string[] | undefined, now: number = Date.now()): number | undefined {
  const text = header(value);
  if (/^\d+$/.test(text)) return Number(text);
  const date = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const isStatus = typeof parsed === "object" && parsed !== null && (parsed as Status).kind === "Status";
    return isStatus ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function header(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
