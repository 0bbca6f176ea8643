import type { Check, Files, Violation } from "../check.ts";
import { lineOf } from "../workspace.ts";

const source = "packages/provider/src/provider-error.ts";
const page = "docs/errors.md";

/** The error catalogue and its page are the same list. */
export const errorCodes: Check = {
  name: "error-codes",
  promise: `the codes of ProviderError are those of ${page}`,
  run: (files) => {
    const union = /export type ProviderErrorCode =([^;]*);/.exec(files.get(source) ?? "")?.[1] ?? "";
    const inSource = captures(union, /"(\w+)"/g);
    const inPage = captures(files.get(page) ?? "", /^\|\s*`(\w+)`\s*\|/gm);
    return [
      ...differences(files, {
        path: source,
        codes: inSource,
        other: inPage,
        message: `is not in the table of ${page}: add a row`,
      }),
      ...differences(files, {
        path: page,
        codes: inPage,
        other: inSource,
        message: `is no ProviderErrorCode: take the row out`,
      }),
    ];
  },
};

function captures(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

interface Comparison {
  readonly path: string;
  readonly codes: readonly string[];
  readonly other: readonly string[];
  readonly message: string;
}

function differences(files: Files, { path, codes, other, message }: Comparison): Violation[] {
  const text = files.get(path);
  if (text === undefined) return [{ path, message: "is missing." }];
  if (codes.length === 0) return [{ path, message: "holds no error codes where this check looks for them." }];
  const missing = codes.filter((code) => !other.includes(code));
  return missing.map((code) => ({ path, line: lineOf(text, code), message: `${code} ${message}.` }));
}
