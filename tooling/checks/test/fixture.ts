import type { Check, Files } from "../src/check.ts";

/** A repository of a few files. */
export function repository(files: Readonly<Record<string, string | object>>): Files {
  return new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === "string" ? text : JSON.stringify(text, null, 2),
    ]),
  );
}

/** What a check finds there, each as `path:line message`. */
export async function violations(check: Check, files: Readonly<Record<string, string | object>>): Promise<string[]> {
  const found = await check.run(repository(files));
  return found.map(({ path, line, message }) => `${path}${line === undefined ? "" : `:${line}`} ${message}`);
}
