import { createHash } from "node:crypto";
import { leastCharacters, madeOf } from "./made-of.ts";

interface TextRules {
  readonly maxValueLength: number;
  readonly allowedInValue?: RegExp;
}

/** How a text is written into the values of tags, and read again. */
export interface TagText {
  /** One piece, or more. */
  encode(text: string): readonly string[];
  /** `undefined` when the first piece is not there, or what is there is not whole. */
  decode(pieceAt: (index: number) => string | undefined): string | undefined;
}

/** `hex`, the number of pieces in two digits, the text, and four digits by which damage is seen. */
const marker = "hex";
const head = /^hex([0-9a-f]{2})/;
const sumBytes = 2;

export function tagText({ maxValueLength, allowedInValue = /[ -~]/ }: TextRules): TagText {
  const isAllowed = madeOf(allowedInValue);
  if (maxValueLength < 16 || !isAllowed(leastCharacters))
    throw new RangeError(
      `Nothing can be written into tags by these rules: values need at least 16 characters, small letters and digits, and have ${maxValueLength} of ${allowedInValue}`,
    );
  // A backend may trim what is not a letter or a digit from the ends of a value, or not take it there, and take no empty one.
  const isPlain = (text: string): boolean =>
    text.length <= maxValueLength &&
    /^[a-z0-9](.*[a-z0-9])?$/is.test(text) &&
    !text.startsWith(marker) &&
    isAllowed(text);
  return {
    encode: (text) => (isPlain(text) ? [text] : pieces(text, maxValueLength)),
    decode: (pieceAt) => {
      const first = pieceAt(0);
      const count = first?.match(head)?.[1];
      return count === undefined ? first || undefined : whole(pieceAt, Number.parseInt(count, 16));
    },
  };
}

function pieces(text: string, maxLength: number): readonly string[] {
  const bytes = Buffer.from(text);
  const digits = Buffer.concat([bytes, sumOf(bytes)]).toString("hex");
  const count = Math.ceil((marker.length + 2 + digits.length) / maxLength);
  if (count > 255)
    throw new RangeError(
      `A text of ${text.length} characters takes more than 255 tags of ${maxLength}: "${text.slice(0, 40)}…"`,
    );
  const encoded = `${marker}${count.toString(16).padStart(2, "0")}${digits}`;
  return Array.from({ length: count }, (_, index) => encoded.slice(index * maxLength, (index + 1) * maxLength));
}

function whole(pieceAt: (index: number) => string | undefined, count: number): string | undefined {
  const digits = Array.from({ length: count }, (_, index) => pieceAt(index) ?? "")
    .join("")
    .slice(marker.length + 2);
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) return undefined;
  const bytes = Buffer.from(digits, "hex");
  const text = bytes.subarray(0, -sumBytes);
  return sumOf(text).equals(bytes.subarray(-sumBytes)) ? text.toString() : undefined;
}

function sumOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, sumBytes);
}
