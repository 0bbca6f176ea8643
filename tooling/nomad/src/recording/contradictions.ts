import type { RecordedExchange } from "./recorder.ts";

/** Words of which each means something else: these have to be the same, and of others only their kind. */
const words = new Set(["ClientStatus", "DesiredStatus", "State", "Status", "Topic", "Type", "TriggeredBy"]);

/**
 * Where a server that is none, and says less, contradicts what was recorded of a real one: a line for each place. It has to
 * give the same status, content type and text; of a body any part, in which everything is of the kind that it is in the other, and
 * what is a state is the same. Members of a list may be missing, too.
 */
export function contradictions(
  recorded: readonly RecordedExchange[],
  other: readonly RecordedExchange[],
): readonly string[] {
  return other.flatMap(({ name, reply }) => {
    const real = recorded.find((each) => each.name === name)?.reply;
    if (!real) return [`${name}: was never recorded`];
    const { status, contentType, text } = real;
    const same = [
      ["status", status, reply.status],
      ["contentType", contentType, reply.contentType],
      ["text", text, reply.text],
    ] as const;
    const unlike = same.flatMap(([what, a, b]) =>
      a === b ? [] : [`${name} › ${what}: ${show(b)} instead of ${show(a)}`],
    );
    if (unlike.length > 0) return unlike;
    const [theirs, ours] = [real, reply].map(({ body, messages }) => messages ?? body);
    return misfits(theirs, ours, name);
  });
}

function misfits(real: unknown, other: unknown, path: string): readonly string[] {
  if (Array.isArray(other))
    return Array.isArray(real)
      ? other.flatMap((each, at) => misfit(real, each, `${path} › ${at}`))
      : [kinds(real, other, path)];
  if (!isObject(other))
    return kindOf(real) === kindOf(other) && !isOtherWord(real, other, path) ? [] : [kinds(real, other, path)];
  if (!isObject(real)) return [kinds(real, other, path)];
  return Object.entries(other).flatMap(([key, value]) =>
    key in real ? misfits(real[key], value, `${path} › ${key}`) : [`${path} › ${key}: a real one has none`],
  );
}

/** What is wrong with a member of a list, compared with that member of the real list which it is most like. */
function misfit(real: readonly unknown[], other: unknown, path: string): readonly string[] {
  const [best = [`${path}: a real one has nothing like ${show(other)}`]] = real
    .filter((each) => saysTheSame(each, other))
    .map((each) => misfits(each, other, path))
    .toSorted((one, two) => one.length - two.length);
  return best;
}

function saysTheSame(real: unknown, other: unknown): boolean {
  if (!isObject(real) || !isObject(other)) return true;
  return [...words].every((word) => !(word in other) || real[word] === other[word]);
}

function isOtherWord(real: unknown, other: unknown, path: string): boolean {
  return words.has(path.split(" › ").at(-1) ?? "") && real !== other;
}

function kinds(real: unknown, other: unknown, path: string): string {
  return `${path}: ${show(other)} instead of ${show(real)}`;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === "object";
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
