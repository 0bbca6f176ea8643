import type { Socket } from "node:net";
import type { PodRef } from "@virtual-kubelet/provider";
import type { AuditedOutcome } from "../audit.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { publishStream } from "../streaming/stream-channel.ts";
import { requirePortForwardProtocol } from "./port-forward-protocol.ts";
import { PortForwarder } from "./port-forwarder.ts";

/**
 * Leaves HTTP, and connects the client to ports until the connection has ended. `check` refuses in plain HTTP what can be refused
 * there, and gives the pod.
 */
export async function servePortForward(
  exchange: Exchange,
  upgrade: Upgrade,
  check: () => Promise<PodRef>,
): Promise<AuditedOutcome> {
  const forwarder = new PortForwarder(exchange, await check());
  // Last: kubectl tries again by SPDY whatever it was that was refused, and shows only the second answer.
  const protocol = requirePortForwardProtocol(exchange);
  const session = await protocol.accept(exchange, upgrade);
  using _published = publishStream({ kind: "portForward", protocol: protocol.name }, upgrade.socket as Socket);
  await session.run(forwarder);
  return { outcome: forwarder.outcome, ports: forwarder.ports };
}
