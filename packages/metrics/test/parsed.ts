/** One line of an exposition, read back. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeMs?: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/s;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gsy;

/** Reads Prometheus's text format, by its description and not by what the encoder does; throws at what is none. */
export function parsed(text: string): readonly ParsedFamily[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const families: { name: string; type: string; help: string; samples: ParsedSample[] }[] = [];
  for (const one of text.split("\n").filter((each) => each !== "")) {
    const [, comment, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(one) ?? [];
    if (comment === "HELP") families.push({ name, type: "", help: unescaped(rest), samples: [] });
    else if (comment === "TYPE") Object.assign(families.at(-1) ?? {}, { type: rest });
    else families.at(-1)?.samples.push(sampleOf(one));
  }
  return families;
}

function sampleOf(text: string): ParsedSample {
  const [, name, inside = "", value, timeMs] = line.exec(text) ?? [];
  if (name === undefined) throw new Error(`no sample: ${text}`);
  const labels: Record<string, string> = {};
  let read = 0;
  for (const [whole, key = "", raw = ""] of inside.matchAll(label)) {
    labels[key] = unescaped(raw);
    read += whole.length;
  }
  if (read !== inside.length) throw new Error(`no labels: ${inside}`);
  return { name, labels, value: Number(value), ...(timeMs === undefined ? {} : { timeMs: Number(timeMs) }) };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_, one: string) => (one === "n" ? "\n" : one));
}
