import { expect, test } from "vitest";
import { errorCodes } from "../../src/rules/error-codes.ts";
import { violations } from "../fixture.ts";

const source = 'export type ProviderErrorCode =\n  | "NotFound"\n  | "Throttled";\nconst other = "Other";\n';
const page = "| Code | Meaning |\n| --- | --- |\n| `NotFound` | Gone. |\n| `Throttled` | Later. |\n";
const check = (code: string, table: string): Promise<string[]> =>
  violations(errorCodes, { "packages/provider/src/provider-error.ts": code, "docs/errors.md": table });

test("passes when the page lists the codes", async () => {
  expect(await check(source, page)).toEqual([]);
});

test("finds a code without a row and a row without a code", async () => {
  expect(await check(source, page.replace("Throttled", "Slow"))).toEqual([
    "packages/provider/src/provider-error.ts:3 Throttled is not in the table of docs/errors.md: add a row.",
    "docs/errors.md:4 Slow is no ProviderErrorCode: take the row out.",
  ]);
});

test("does not pass because it finds nothing to compare", async () => {
  expect(await check("export type Renamed = never;", "# Errors")).toHaveLength(2);
});
