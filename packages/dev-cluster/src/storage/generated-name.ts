import { randomInt } from "node:crypto";

/** No vowels and nothing that looks like another (apimachinery, `util/rand`). */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `prefix` with five random characters, in at most 63 (apiserver, `storage/names`). */
export function generatedName(prefix: string): string {
  let suffix = "";
  while (suffix.length < 5) suffix += alphabet[randomInt(alphabet.length)];
  return prefix.slice(0, 58) + suffix;
}
