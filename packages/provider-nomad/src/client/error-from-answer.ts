import { retryAfterMs } from "@virtual-kubelet/pod-toolkit";
import { ProviderError, type ProviderErrorCode } from "@virtual-kubelet/provider";
import type { NomadRequest } from "./nomad-request.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: string | undefined;
}

/** Who asked, and where: for the message. */
export interface Asker {
  readonly address: string;
  readonly namespace: string;
  /** Never to be shown. */
  readonly token?: string | undefined;
}

const longestText = 500;

/** Nomad's own words where its status alone does not tell: most of its failures are a 500. */
const byWords: readonly (readonly [RegExp, ProviderErrorCode])[] = [
  [/permission denied|acl token (not found|expired|lookup failed)|acl token (is )?expired/i, "Unauthorized"],
  [/no cluster leader|no path to (region|node)|no servers|leadership lost|not (ready|bootstrapped)/i, "Unavailable"],
  [
    /unknown node|node .*not found|failed to get conn|connection (refused|reset)|eof$|timeout|timed out/i,
    "Unavailable",
  ],
  [/enforcing job modify index|cas error|conflict/i, "Conflict"],
  [/quota (limit )?(exceeded|exhausted)|exceeds? .*quota/i, "QuotaExceeded"],
  [/nonexistent namespace|namespace .*(not found|does not exist)|nonexistent node pool/i, "InvalidInput"],
  [/unknown allocation|(job|variable|alloc(ation)?|task|evaluation) .*not found|job not found/i, "NotFound"],
  [/\d+ errors? occurred|validation|limited to|missing |invalid |cannot |must /i, "InvalidInput"],
];

/** The error of an answer that is no success. No token and nothing that was sent is repeated in it, but Nomad's own words are. */
export function errorFromAnswer(answer: Answer, request: NomadRequest, asker: Asker): ProviderError {
  const { status, retryAfter } = answer;
  const code = codeOf(answer, request);
  const words = wordsOf(answer.text, asker);
  const what = `${request.method} ${request.path}`;
  const waitMs = status === 429 || status === 503 ? retryAfterMs(retryAfter) : undefined;
  const message =
    code === "Unauthorized" ? unauthorized(request, asker, words) : `${what}: Nomad answers ${status}: ${words}`;
  return new ProviderError(code, message, waitMs === undefined ? {} : { retryAfterMs: waitMs });
}

function codeOf({ status, text }: Answer, request: NomadRequest): ProviderErrorCode {
  if (status === 401 || status === 403) return "Unauthorized";
  if (status === 429) return "Throttled";
  if (status === 409 || status === 412) return "Conflict";
  if (status === 501) return "Unsupported";
  const [, code] = byWords.find(([words]) => words.test(text)) ?? [];
  if (status === 404) return code === "Unavailable" ? code : "NotFound";
  if (status >= 400 && status < 500) return code === "NotFound" || code === "Unauthorized" ? code : "InvalidInput";
  // A gateway's words are not Nomad's; and a read that fails is not the reader's fault.
  if (status !== 500 || (request.method === "GET" && code === "InvalidInput")) return "Unavailable";
  return code ?? "Unavailable";
}

function unauthorized({ method, path, needs }: NomadRequest, asker: Asker, words: string): string {
  const { address, namespace, token } = asker;
  const who =
    token === undefined ? "no token is set (option token, or NOMAD_TOKEN), and anonymous requests" : "the token";
  const where = needs?.startsWith("node:") || needs?.startsWith("agent:") ? "" : ` in namespace "${namespace}"`;
  const right = needs ? `: its policy needs ${capability(needs)}` : "";
  return `${who} may not ${method} ${path}${where}${right}. Nomad at ${address} says: ${words}`;
}

function capability(needs: string): string {
  const [kind, access] = needs.split(":");
  if (kind === "variables") return `variables { path "nomad/jobs/*" { capabilities = ["${access}"] } }`;
  return access === undefined ? `the capability "${needs}"` : `${kind} { policy = "${access}" }`;
}

function wordsOf(text: string, { token }: Asker): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  const safe = token ? flat.replaceAll(token, "<token>") : flat;
  return (safe.length > longestText ? `${safe.slice(0, longestText)}…` : safe) || "(nothing)";
}
