import type { Exchange } from "./http/exchange.ts";
import { splitCommand } from "./remote-command/command-options.ts";
import { printable } from "./printable.ts";

/** What leaves an audit line. */
export type AuditedAction = "exec" | "attach" | "run" | "portForward";

/** What became of it. */
export interface AuditedOutcome {
  /** `exit code 0`, or why it came to nothing. */
  readonly outcome: string;
  /** The ports of the pod that were reached. */
  readonly ports?: readonly number[];
}

/** What somebody had done in a pod, or wanted to. */
export interface AuditRecord extends AuditedOutcome {
  readonly action: AuditedAction;
  readonly durationMs: number;
}

const longestText = 4096;

const sentences: Readonly<Record<AuditedAction, string>> = {
  exec: "a command was asked for in a container",
  attach: "a container was to be attached to",
  run: "a command was asked for in a container",
  portForward: "ports of a pod were to be reached",
};

/** Writes the one line that such a request leaves. Nothing in it can forge another line. */
export function auditLine({ services, caller, parameters, query }: Exchange, record: AuditRecord): void {
  const { action, ports, outcome, durationMs } = record;
  const command = commandOf(action, query);
  const { namespace = "", pod = "", container } = parameters;
  services.logger.info(
    {
      audit: action,
      user: safe(caller.user),
      groups: caller.groups.map(safe),
      namespace: safe(namespace),
      pod: safe(pod),
      ...(container === undefined ? {} : { container: safe(container) }),
      ...(command ? { command: safe(JSON.stringify(command)) } : {}),
      ...(ports ? { ports } : {}),
      outcome: safe(outcome),
      durationMs: Math.round(durationMs),
    },
    sentences[action],
  );
}

function commandOf(action: AuditedAction, query: URLSearchParams): readonly string[] | undefined {
  if (action === "exec") return query.getAll("command");
  return action === "run" ? splitCommand(query) : undefined;
}

function safe(text: string): string {
  return printable(text.slice(0, longestText));
}
