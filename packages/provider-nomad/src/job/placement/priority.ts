import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { annotations } from "./annotations.ts";

const perTenfold = 5;

/**
 * A job's priority, 1 to 100, of which Nomad preempts the lower by the higher. A pod's is any whole number up to two thousand million:
 * each power of ten is five steps away from that of a pod without one.
 */
export function jobPriority({ metadata, spec }: Pod, own: number): number {
  const given = metadata.annotations?.[annotations.priority];
  if (given !== undefined) return givenPriority(given);
  const { priority = 0 } = spec;
  const steps =
    priority === 0 ? 0 : Math.sign(priority) * Math.round((Math.log10(Math.abs(priority)) + 1) * perTenfold);
  return Math.min(100, Math.max(1, own + steps));
}

function givenPriority(text: string): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && priority >= 1 && priority <= 100) return priority;
  throw new ProviderError(
    "InvalidInput",
    `The annotation ${annotations.priority} is "${text}": Nomad's priorities are whole numbers from 1 to 100.`,
  );
}
