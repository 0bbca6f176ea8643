import type { Logger } from "@virtual-kubelet/provider";
import type { Exchange } from "./http/exchange.ts";
import { printable } from "./printable.ts";

/** What leaves an audit line. */
export type AuditedAction = "exec" | "attach" | "run" | "portForward";

/** What somebody had done in a pod. */
export interface AuditRecord {
  readonly action: AuditedAction;
  readonly command?: readonly string[];
  /** The ports of the pod that were reached. */
  readonly ports?: readonly number[];
  /** `exit code 0`, or why it came to nothing. */
  readonly outcome: string;
  readonly durationMs: number;
}

const longestText = 4096;

const sentences: Readonly<Record<AuditedAction, string>> = {
  exec: "a command was asked for in a container",
  attach: "a container was to be attached to",
  run: "a command was asked for in a container",
  portForward: "ports of a pod were to be reached",
};

/** Writes the one line that every such request leaves, whatever became of it. Nothing in it can forge another line. */
export function auditLine(logger: Logger, exchange: Exchange, record: AuditRecord): void {
  const { caller, parameters } = exchange;
  const { action, command, ports, outcome, durationMs } = record;
  const { namespace = "", pod = "", container } = parameters;
  logger.info(
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

function safe(text: string): string {
  return printable(text.slice(0, longestText));
}
