/** `true`, `1`, `yes` or `on`, and their opposites, in any case. */
export function flagFrom(text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw new RangeError("must be true or false");
}

/** A decimal number. */
export function numberFrom(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
  throw new RangeError("must be a number");
}

/** Texts that are divided by commas; spaces around them do not count, and empty ones neither. */
export function listFrom(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
