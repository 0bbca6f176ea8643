import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../README.md", import.meta.url);
const place = /(<!-- features: [^\n]* -->\n)[^]*(<!-- \/features -->)/;

/** The README, with a table of features where its own is. */
export function readmeWith(table: string): string {
  return readme().replace(place, (_whole, start: string, end: string) => start + table + end);
}

export function readme(): string {
  return readFileSync(file, "utf8");
}

export function writeReadme(text: string): void {
  writeFileSync(file, text);
}
