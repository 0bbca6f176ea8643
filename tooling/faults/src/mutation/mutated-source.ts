import { stripTypeScriptTypes } from "node:module";
import type { Guard } from "../scenario.ts";

/**
 * The text of a source file without a guard.
 *
 * @throws {Error} when the guard does not stand there once, or what is left is no program: a failure by that proves nothing.
 */
export function mutatedSource(text: string, { file, from, to }: Guard): string {
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`The guard stands ${found} times in ${file}: ${from}`);
  // Not `replace`, to which a $ in the replacement means something.
  const mutated = text.split(from).join(to);
  try {
    stripTypeScriptTypes(mutated);
  } catch (cause) {
    throw new Error(`Without its guard ${file} is no program any more: ${(cause as Error).message}`, { cause });
  }
  return mutated;
}
