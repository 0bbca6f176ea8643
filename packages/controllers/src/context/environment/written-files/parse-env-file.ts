/** What a line may have at most, with its end: as long as kubelet's buffer for one is. */
const maxLineBytes = 64 * 1024;

/**
 * The value of a key in a file of variables that a container has written, or `undefined` when it is not there, or empty:
 *
 * ```sh
 * # A comment.
 * NAME='what stands between the quotes, as it is,
 * over many lines if need be' # and nothing but a comment after them
 * ```
 *
 * The first of a name counts, and nothing after it. Throws a `SyntaxError` that says the line, and nothing of what it says.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/util/env/env_util.go (`ParseEnv`)
 */
export function parseEnvFile(text: string, key: string): string | undefined {
  const lines = new Lines(text);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const entry = entryOf(line, lines);
    if (entry?.name === key) return entry.value || undefined;
  }
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly value: string;
}

function entryOf(line: string, lines: Lines): Entry | undefined {
  const entry = line.replace(/^[ \t]+/, "");
  if (entry === "" || entry.startsWith("#")) return undefined;
  const end = entry.indexOf("=");
  if (end < 0) throw lines.mistake("has no '='");
  if (end === 0) throw lines.mistake("has no name");
  const name = entry.slice(0, end);
  const value = entry.slice(end + 1);
  if (/[ \t]$/.test(name)) throw lines.mistake("has a space before '='");
  // For a shell this is an empty value, and a command after it.
  if (/^[ \t]/.test(value)) return { name, value: "" };
  if (!value.startsWith("'")) throw lines.mistake("has a value that is not in single quotes");
  return { name, value: quotedValue(value.slice(1), lines) };
}

function quotedValue(first: string, lines: Lines): string {
  const parts: string[] = [];
  const start = lines.number;
  for (let rest: string | undefined = first; rest !== undefined; rest = lines.next()) {
    const end = rest.indexOf("'");
    if (end < 0) {
      parts.push(rest);
      continue;
    }
    if (!/^[ \t]*(#|$)/.test(rest.slice(end + 1))) throw lines.mistake("has something after the closing quote");
    return [...parts, rest.slice(0, end)].join("\n");
  }
  throw lines.mistake("has a quote that is never closed", start);
}

/** The lines of a text, which may end as on Windows. */
class Lines {
  number = 0;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    this.number++;
    if (Buffer.byteLength(line) >= maxLineBytes) throw this.mistake(`is longer than ${maxLineBytes} bytes`);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  mistake(what: string, line = this.number): SyntaxError {
    return new SyntaxError(`line ${line} ${what}`);
  }
}
