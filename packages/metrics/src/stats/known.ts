import type { Sample } from "../exposition/family.ts";
import { millisecondsOf } from "./moment.ts";

/** A figure that says something: stats are never negative, and what a provider cannot count is not nought. */
export function isKnown(value: number | null | undefined): value is number {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** The sample of a figure, when it is known. */
export function sampleOf(
  value: number | null | undefined,
  reading: Omit<Sample, "value" | "timeMs"> & { readonly time?: string | undefined },
): readonly Sample[] {
  if (!isKnown(value)) return [];
  const { time, ...rest } = reading;
  const timeMs = millisecondsOf(time);
  return [timeMs === undefined ? { ...rest, value } : { ...rest, value, timeMs }];
}

/** In seconds, when it is known. */
export function secondsFrom(nanoseconds: number | null | undefined): number | undefined {
  return isKnown(nanoseconds) ? nanoseconds / 1e9 : undefined;
}
