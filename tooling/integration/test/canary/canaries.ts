/**
 * What the secrets of these tests are made of, one for each way in which a secret comes to a node. A value repeats its word, so that a part of it,
 * which a parser's error or a message that is cut off may show, betrays it too; `/` and `+` look different in URLs.
 */
export const canaries = {
  variable: "canary1/+",
  variables: "canary2/+",
  volume: "canary3/+",
  projected: "canary4/+",
  pullSecret: "canary5/+",
  token: "canary6/+",
  caller: "canary7/+",
  damaged: "canary8/+",
} as const;

export type CanaryName = keyof typeof canaries;

/** A secret of this kind. */
export function secretOf(name: CanaryName): string {
  return canaries[name].repeat(8);
}

/** One byte for each character, so that `\xff` is no text. */
export function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
