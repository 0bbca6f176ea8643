/** Whether a text has only characters that an expression for one allows. An expression with the flag `g` would remember. */
export function madeOf(allowed: RegExp): (text: string) => boolean {
  const whole = new RegExp(`^(?:${allowed.source})*$`, allowed.flags.replace(/[gy]/g, ""));
  return (text) => whole.test(text);
}

/** What rules must allow at the least. */
export const leastCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
