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
  const start = answer.body.replaceAll(/\s+/g, " ").trim().slice(0, 200);
  const message = `${what}: ${code} ${answer.statusText}: the answer is no Kubernetes status (${type}): ${start || "empty"}`;
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
