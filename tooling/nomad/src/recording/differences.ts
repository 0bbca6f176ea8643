import { isDeepStrictEqual } from "node:util";
import type { RecordedExchange } from "./recorder.ts";

/** What is answered otherwise than it was recorded: a line for each place. */
export function differences(
  recorded: readonly RecordedExchange[],
  now: readonly RecordedExchange[],
): readonly string[] {
  const names = new Set([...recorded, ...now].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [before, after] = [recorded, now].map((exchanges) => exchanges.find((each) => each.name === name));
    return places(before, after, name);
  });
}

function places(before: unknown, after: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [`${path}: ${text(after)}, and it was ${text(before)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => places(before[key], after[key], `${path} › ${key}`));
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
