import type { ContainerProcess } from "@virtual-kubelet/provider";
import type { AuditedOutcome } from "../audit.ts";
import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { containerInput, findContainer } from "../pods/container-lookup.ts";
import { execRefusal, requireReady } from "../pods/readiness.ts";
import { parseStreamSelection } from "../remote-command/command-options.ts";
import { describeExit } from "../remote-command/command-result.ts";
import { type Command, serveCommand } from "../remote-command/serve-command.ts";

/** Connects to a container's own process. A client that goes away leaves it running. */
export function attach(exchange: Exchange, upgrade: Upgrade): Promise<AuditedOutcome> {
  return serveCommand(exchange, upgrade, { kind: "attach", check: () => checkAttach(exchange) });
}

/**
 * The client has the streams that it asked for; the process is asked only for those that the container was started with. As with
 * kubelet, whose runtimes take no input for a container without `stdin`, that is no error: such input goes nowhere.
 */
async function checkAttach(exchange: Exchange): Promise<Command> {
  const selection = parseStreamSelection(exchange.query);
  const found = findContainer(exchange.services.pods, exchange.parameters);
  const { provider } = exchange.services;
  if (!provider.attach) throw new HttpError(501, "This node's provider does not attach to containers.");
  await requireReady(exchange, found, execRefusal);
  const container = containerInput(found.pod, found.ref.container);
  const asked = {
    ...selection,
    stdin: selection.stdin && container.stdin,
    stderr: selection.stderr && !container.tty,
    tty: selection.tty && container.tty,
  };
  return {
    selection,
    start: async ({ signal, size }) => {
      const process = await provider.attach?.(found.ref, { ...asked, signal });
      // A terminal of the wrong size is no reason not to attach.
      if (size) await resize(process, size).catch(() => {});
      return process;
    },
    doing: "attaching to container",
    // That the process has ended is all that an attach tells; how is in the container's status.
    ended: (exit) => ({ status: { metadata: {}, status: "Success" }, description: `ended: ${describeExit(exit)}` }),
  };
}

async function resize(
  process: ContainerProcess | undefined,
  size: Parameters<NonNullable<ContainerProcess["resize"]>>[0],
): Promise<void> {
  await process?.resize?.(size);
}
