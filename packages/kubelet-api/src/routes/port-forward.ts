import type { PodRef } from "@virtual-kubelet/provider";
import type { AuditedOutcome } from "../audit.ts";
import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { findPod } from "../pods/container-lookup.ts";
import { requirePodRunning } from "../pods/readiness.ts";
import { servePortForward } from "../port-forward/serve-port-forward.ts";

/** Connects a client to ports of a pod. */
export function portForward(exchange: Exchange, upgrade: Upgrade): Promise<AuditedOutcome> {
  return servePortForward(exchange, upgrade, () => checkPortForward(exchange));
}

async function checkPortForward(exchange: Exchange): Promise<PodRef> {
  const found = findPod(exchange.services.pods, exchange.parameters);
  if (!exchange.services.provider.forwardPort) {
    throw new HttpError(501, "This node's provider does not reach the ports of pods.");
  }
  await requirePodRunning(exchange, found);
  return found.ref;
}
