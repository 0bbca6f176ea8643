import type { Pod } from "@virtual-kubelet/kubernetes";
import type { LogCall } from "@virtual-kubelet/provider";
import { ByteReading } from "./byte-reading.ts";
import type { Scene } from "./scene.ts";
import { within } from "./within.ts";

export type LogOptions = Partial<LogCall> & { readonly container?: string };

/** A log as it is being read. */
export async function openLog(scene: Scene, pod: Pod, options: LogOptions = {}): Promise<ByteReading> {
  const { container = "main", ...rest } = options;
  const call = { signal: scene.signal, follow: false, previous: false, timestamps: false, ...rest };
  const ref = { pod: pod.metadata, container };
  return new ByteReading(await scene.life.soon(() => scene.provider.getContainerLogs(ref, call), "getContainerLogs"));
}

/** The whole of what a call for a log gives, which must end. */
export async function logText(scene: Scene, pod: Pod, options: LogOptions = {}): Promise<string> {
  const reading = await openLog(scene, pod, options);
  const limitMs = options.follow ? scene.timings.startMs : scene.timings.soonMs;
  await within(reading.ended, limitMs, "The log");
  return reading.text;
}

/** Waits until a container's log has so many lines. */
export async function untilLogged(scene: Scene, pod: Pod, lines: number): Promise<void> {
  const { startMs, lookMs } = scene.timings;
  for (const end = Date.now() + startMs; ; await scene.pause(lookMs)) {
    const text = await logText(scene, pod);
    if (text.split("\n").length > lines) return;
    if (Date.now() > end) throw new Error(`${lines} lines did not come into the log: ${JSON.stringify(text)}`);
  }
}
