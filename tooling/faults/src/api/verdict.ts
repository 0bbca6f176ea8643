import type { ServerResponse } from "node:http";

/** An answer that the API server never gave. */
export interface Answer {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Instead of a `Status`: these lines, after which the answer stays open. */
  readonly lines?: readonly string[];
  /** Instead of a `Status`: this object. */
  readonly body?: object;
}

/**
 * What becomes of a request. It is passed on if nothing is said. `hang`: it is neither passed on nor answered. `cut`: its
 * connection breaks. `unheard` and `lost`: the server does it, and then the answer never comes, or the connection breaks.
 */
export type Verdict = Answer | "hang" | "cut" | "unheard" | "lost" | undefined;

export function give({ code, reason = "", message = "so the proxy was told", ...answer }: Answer, to: ServerResponse) {
  const { retryAfterSeconds, lines, body } = answer;
  to.setHeader("content-type", "application/json");
  if (retryAfterSeconds !== undefined) to.setHeader("retry-after", String(retryAfterSeconds));
  to.writeHead(code);
  if (lines) {
    to.flushHeaders();
    for (const line of lines) to.write(`${line}\n`);
    return;
  }
  to.end(JSON.stringify(body ?? { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message }));
}
