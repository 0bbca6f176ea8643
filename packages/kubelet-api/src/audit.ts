import type { Logger } from "@virtual-kubelet/provider";
import type { Exchange } from "./http/exchange.ts";
import { printable } from "./printable.ts";

/** What somebody had done in a container. */
export interface AuditRecord {
  readonly action: "exec";
  readonly command?: readonly string[];
  /** `exit code 0`, or why it came to nothing. */
  readonly outcome: string;
  readonly durationMs: number;
}

const longestText = 4096;

/** Writes the one line that every such request leaves, whatever became of it. Nothing in it can forge another line. */
export function auditLine(logger: Logger, exchange: Exchange, record: AuditRecord): void {
  const { caller, parameters } = exchange;
  logger.info(
    {
      audit: record.action,
      user: safe(caller.user),
      groups: caller.groups.map(safe),
      namespace: safe(parameters.namespace ?? ""),
      pod: safe(parameters.pod ?? ""),
      container: safe(parameters.container ?? ""),
      ...(record.command ? { command: safe(JSON.stringify(record.command)) } : {}),
      outcome: safe(record.outcome),
      durationMs: Math.round(record.durationMs),
    },
    "a command was asked for in a container",
  );
}

function safe(text: string): string {
  return printable(text.slice(0, longestText));
}
