import { createHash } from "node:crypto";
import type { ContainerInstance, PodRecord, RuntimeEvent } from "@virtual-kubelet/pod-engine";
import { ProviderError } from "@virtual-kubelet/provider";
import type { Run, WatchEvent } from "./protocol/messages.ts";

/** The version of what the supervisor keeps of a pod for us, which may be another one than its own records'. */
const podVersion = 1;

/** A pod as it is given to the supervisor to keep. */
export function storedPod(record: PodRecord): object {
  return { version: podVersion, ...record };
}

/** What the engine learns from what the supervisor tells. */
export function eventFromSupervisor(event: WatchEvent): RuntimeEvent {
  if (event.type === "pod") return { type: "pod", record: podFromStored(event.record) };
  return event.type === "run" ? { type: "instance", instance: instanceFromRun(event.run) } : event;
}

/** Throws on one of another version: a list without it would be a part of one. */
function podFromStored(stored: unknown): PodRecord {
  const { version = podVersion, ...record } = stored as PodRecord & { readonly version?: unknown };
  if (version === podVersion) return record;
  const name = `${record.pod?.metadata?.namespace}/${record.pod?.metadata?.name}`;
  throw new ProviderError(
    "Unavailable",
    `Pod ${name} was kept by another version of the agent (format ${JSON.stringify(version)}, and this version reads format ${podVersion}): run that version until the pod is gone.`,
  );
}

export function instanceFromRun({ uid, ...run }: Run): ContainerInstance {
  return { podUid: uid, id: containerId({ uid, ...run }), ...run };
}

/** As other runtimes have it: 64 hexadecimal digits, and the same for the same run. */
function containerId({ uid, container, attempt }: Pick<Run, "uid" | "container" | "attempt">): string {
  return `process://${createHash("sha256").update(`${uid}/${container}/${attempt}`).digest("hex")}`;
}
