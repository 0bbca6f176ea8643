const decimal = /^[1-9][0-9]*$/;

/**
 * Which of two resource versions is the newer: negative, zero or positive as in a sort; `undefined` when they cannot be
 * compared.
 *
 * Kubernetes guarantees since 1.35 (KEP-5504) that the versions of one resource are decimal numbers which grow; they
 * may be too large for a number. Everything else, an aggregated API server's own versions say, is opaque.
 */
export function compareResourceVersions(left: string | undefined, right: string | undefined): number | undefined {
  if (left === undefined || right === undefined || !decimal.test(left) || !decimal.test(right)) return undefined;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether `version` is certainly older than `than`. */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  return (compareResourceVersions(version, than) ?? 0) < 0;
}
