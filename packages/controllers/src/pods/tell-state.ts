import type { PodEvents } from "../events/pod-events.ts";
import type { PodRecord } from "./pod-record.ts";
import { stateEvents } from "./state-events.ts";

/** Records the events that follow from what the backend last reported of the pod, once. */
export function tellState(record: PodRecord, events: PodEvents): void {
  const { pod, observed, ref, told, created } = record;
  if (!pod || observed.type !== "present" || !observed.state.status) return;
  const { status } = observed.state;
  // What ran before this process began has been told by the one before it.
  const isNew = told !== undefined || created !== "no";
  if (isNew && told !== status) for (const event of stateEvents(pod, told, status)) events.recordEvent(ref, event);
  record.told = status;
}
