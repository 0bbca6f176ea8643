import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { PodRef } from "@virtual-kubelet/provider";
import { auditLine } from "../audit.ts";
import { errorMessage } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { publishStream } from "../streaming/stream-channel.ts";
import { requirePortForwardProtocol } from "./port-forward-protocol.ts";
import { PortForwarder } from "./port-forwarder.ts";

/**
 * Leaves HTTP, connects the client to ports until the connection has ended, and leaves the audit line, whatever became of it.
 * `check` refuses in plain HTTP what can be refused there, and gives the pod.
 */
export async function servePortForward(
  exchange: Exchange,
  upgrade: Upgrade,
  check: () => Promise<PodRef>,
): Promise<void> {
  const startedAt = performance.now();
  let forwarder: PortForwarder | undefined;
  let refusal = "";
  try {
    forwarder = new PortForwarder(exchange, await check());
    // Last: kubectl tries again by SPDY whatever it was that was refused, and shows only the second answer.
    const protocol = requirePortForwardProtocol(exchange);
    const session = await protocol.accept(exchange, upgrade);
    using _published = publishStream({ kind: "portForward", protocol: protocol.name }, upgrade.socket as Socket);
    await session.run(forwarder);
  } catch (error) {
    refusal = `refused: ${errorMessage(error)}`;
    throw error;
  } finally {
    auditLine(exchange.services.logger, exchange, {
      action: "portForward",
      ports: forwarder?.ports ?? [],
      outcome: refusal || (forwarder?.outcome ?? ""),
      durationMs: performance.now() - startedAt,
    });
  }
}
