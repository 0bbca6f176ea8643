import type { AuditedOutcome } from "../audit.ts";
import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { findContainer } from "../pods/container-lookup.ts";
import { execRefusal, requireReady } from "../pods/readiness.ts";
import { parseCommand, parseStreamSelection } from "../remote-command/command-options.ts";
import { describeExit, statusFromExit } from "../remote-command/command-result.ts";
import { type Command, serveCommand } from "../remote-command/serve-command.ts";

/** Runs a command in a container. A client that goes away ends it. */
export function exec(exchange: Exchange, upgrade: Upgrade): Promise<AuditedOutcome> {
  return serveCommand(exchange, upgrade, { kind: "exec", check: () => checkExec(exchange) });
}

async function checkExec(exchange: Exchange): Promise<Command> {
  const selection = parseStreamSelection(exchange.query);
  const command = parseCommand(exchange.query);
  const found = findContainer(exchange.services.pods, exchange.parameters);
  const { provider } = exchange.services;
  if (!provider.exec) throw new HttpError(501, "This node's provider does not run commands in containers.");
  await requireReady(exchange, found, execRefusal);
  return {
    selection,
    start: (call) => provider.exec?.(found.ref, { ...selection, command, ...call }),
    doing: "executing command in container",
    ended: (exit) => ({ status: statusFromExit(exit), description: describeExit(exit) }),
  };
}
