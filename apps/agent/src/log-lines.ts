import { stripVTControlCharacters, styleText } from "node:util";

/** One line of log as pino writes it, parsed. */
export type LogRecord = Readonly<Record<string, unknown>>;

const levelColours = { debug: "gray", info: "green", warn: "yellow", error: "red", fatal: "red" } as const;
const frame = new Set(["level", "time", "msg"]);

/**
 * A log record as a person reads it: time of day, level, message, fields. No field can break out of its line or change the
 * terminal: control characters are shown as escapes.
 *
 * `12:04:07.250 INFO  node is ready  node=edge-1 pods=3`
 */
export function readableLine(
  record: LogRecord,
  options: { readonly colours: boolean; readonly stacks?: boolean },
): string {
  const level = String(record["level"]);
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    options.colours ? styleText(format, text, { validateStream: false }) : text;
  const fields = Object.entries(record)
    .filter(([key]) => !frame.has(key))
    .map(([key, value]) => paint("dim", `${visible(key)}=${fieldText(value)}`));
  const colour = levelColours[level as keyof typeof levelColours] ?? "gray";
  const head = [
    paint("dim", timeOfDay(record["time"])),
    paint(colour, level.toUpperCase().padEnd(5)),
    messageText(record["msg"]),
  ];
  const line = `${head.join(" ")}${fields.length > 0 ? `  ${fields.join(" ")}` : ""}\n`;
  return options.stacks || level === "fatal" ? `${line}${stacksOf(record)}` : line;
}

function messageText(message: unknown): string {
  return typeof message === "string" ? visible(message) : "";
}

function timeOfDay(time: unknown): string {
  const date = new Date(typeof time === "number" || typeof time === "string" ? time : NaN);
  if (Number.isNaN(date.getTime())) return "--:--:--.---";
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=\p{C}]+$/u.test(value) ? value : visible(JSON.stringify(value));
  if (isErrorRecord(value)) return fieldText(value.message);
  return visible(JSON.stringify(value) ?? "undefined");
}

function isErrorRecord(value: unknown): value is { readonly message: string; readonly stack: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "stack" in value &&
    "message" in value &&
    typeof value.message === "string"
  );
}

function stacksOf(record: LogRecord): string {
  const stacks = Object.values(record)
    .filter(isErrorRecord)
    .map((error) => error.stack);
  return stacks
    .flatMap((stack) => stack.split("\n"))
    .map((line) => `    ${visible(line)}\n`)
    .join("");
}

/** Control, format and direction characters as escapes. */
export function visible(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
