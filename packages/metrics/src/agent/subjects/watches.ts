import { Counter } from "@prometheus-io/client";
import { boundedLabel } from "../bounded-label.ts";
import type { SubjectFactory } from "../subject.ts";

interface WatchRestartMessage {
  readonly resource: string;
  readonly reason: string;
}

/** How often watches had to be opened again, and why. */
export const watches: SubjectFactory = (registry) => {
  const [resources, reasons] = [boundedLabel(), boundedLabel()];
  const restarts = new Counter({
    name: "virtual_kubelet_watch_restarts_total",
    help: "Watches of the API server that ended and were opened again, by why: ended is the server's doing, in order.",
    labelNames: ["resource", "reason"],
    registers: [registry],
  });
  const hear = ({ resource, reason }: WatchRestartMessage) =>
    restarts.inc({ resource: resources(resource), reason: reasons(reason) });
  return { listeners: { "virtual-kubelet:watch-restart": hear } };
};
