import { createHash } from "node:crypto";
import type { ContainerInstance, PodRecord, RuntimeEvent } from "@virtual-kubelet/pod-engine";
import type { Run, WatchEvent } from "./protocol/messages.ts";

/** What the engine learns from what the supervisor tells. */
export function eventFromSupervisor(event: WatchEvent): RuntimeEvent {
  if (event.type === "pod") return { type: "pod", record: event.record as PodRecord };
  return event.type === "run" ? { type: "instance", instance: instanceFromRun(event.run) } : event;
}

export function instanceFromRun({ uid, ...run }: Run): ContainerInstance {
  return { podUid: uid, id: containerId({ uid, ...run }), ...run };
}

/** As other runtimes have it: 64 hexadecimal digits, and the same for the same run. */
function containerId({ uid, container, attempt }: Pick<Run, "uid" | "container" | "attempt">): string {
  return `process://${createHash("sha256").update(`${uid}/${container}/${attempt}`).digest("hex")}`;
}
