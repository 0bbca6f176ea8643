import { readFileSync, readdirSync } from "node:fs";

/** The pairs of a folder of `golden`: what is given, JSON that was read, and the text that is expected. */
export function goldenPairs(folder: string): readonly (readonly [name: string, given: unknown, text: string])[] {
  const root = new URL(`golden/${folder}/`, import.meta.url);
  const read = (file: string) => readFileSync(new URL(file, root), "utf8");
  return readdirSync(root)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const name = file.slice(0, -".json".length);
      return [name, JSON.parse(read(file)), read(`${name}.txt`)];
    });
}
