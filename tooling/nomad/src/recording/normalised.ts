const zeroTime = "0001-01-01T00:00:00Z";

/** What stands for every time: as text, and in nanoseconds since 1970. */
const [timeText, timeNumber] = ["2026-01-01T00:00:00Z", 1_700_000_000_000_000_000];

/** Who is asked for where nobody is to be found. */
export const nobody = "00000000-0000-0000-0000-000000000000";

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;

/** What a node is like, in a number. */
const nodeClass = /\bv1:\d{10,}/g;
/** The delay that was asked for and up to a quarter more. */
const delay = /(?<=restarting in )[\dhms.]+/g;
const longest = 2000;

/** Numbers that differ from run to run, by the key that they have, and what stands for them. */
const numbers: readonly (readonly [RegExp, number])[] = [
  [/Index$/, 1],
  [/Time(stamp)?$/, timeNumber],
  [/^(Value|MinDynamicPort|Port)$/, 20_000],
  [/^MaxDynamicPort$/, 20_499],
  [/^StatusUpdatedAt$/, 1_767_225_600],
  [/^StartDelay$/, 1_000_000_000],
  [/^(NodesEvaluated|AllocationTime)$/, 1],
];

/**
 * Replaces what differs from run to run, so that two recordings of the same are the same: identifiers by numbered ones in the
 * order in which they come, times, indexes and ports by one that stands for all. Types stay as they are.
 */
export class Normalised {
  readonly #ids = new Map<string, string>();
  readonly #texts: readonly (readonly [text: string, placeholder: string])[];

  /** @param texts that are of this run, and what stands for each */
  constructor(texts: Readonly<Record<string, string>> = {}) {
    this.#texts = Object.entries(texts);
  }

  value(value: unknown, key = ""): unknown {
    if (key === "start_delay") return "1000000000";
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return numberFor(key, value);
    if (Array.isArray(value)) return value.map((each) => this.value(each, key));
    if (typeof value !== "object" || value === null) return value;
    // It tells the members of an object in any order.
    const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(members.map(([name, each]) => [this.text(name), this.value(each, name)]));
  }

  text(text: string): string {
    if (text.length > longest) return `${text.slice(0, 20)}… (${text.length} characters)`;
    let known = text;
    for (const [own, placeholder] of this.#texts) known = known.replaceAll(own, placeholder);
    return known
      .replaceAll(uuid, (id) => this.#placeholder(id))
      .replaceAll(nodeClass, "v1:1")
      .replaceAll(delay, "1s")
      .replaceAll(time, (found) => (found === zeroTime ? found : timeText));
  }

  #placeholder(id: string): string {
    if (id === nobody) return id;
    const known = this.#ids.get(id) ?? `00000000-0000-0000-0000-${String(this.#ids.size + 1).padStart(12, "0")}`;
    this.#ids.set(id, known);
    return known;
  }
}

function numberFor(key: string, value: number): number {
  // Nothing, and never, are told as such.
  if (value === 0) return 0;
  return numbers.find(([pattern]) => pattern.test(key))?.[1] ?? value;
}
