import { isDeepStrictEqual } from "node:util";
import type { Json } from "./exchange.ts";

/** One place in which the two servers differ. */
export interface Difference {
  /** `1.body.message`: of the first answer that is compared. */
  readonly path: string;
  /** As JSON; `undefined` for what is not there. */
  readonly embedded: string;
  readonly real: string;
}

/** Where two observations of the same exchange differ, as deep inside as can be said. */
export function differences(embedded: readonly Json[], real: readonly Json[]): readonly Difference[] {
  const count = Math.max(embedded.length, real.length);
  return Array.from({ length: count }, (_, index) => between(embedded[index], real[index], `${index + 1}`)).flat();
}

function between(embedded: Json, real: Json, path: string): readonly Difference[] {
  if (isDeepStrictEqual(embedded, real)) return [];
  // One accepts what the other refuses: all else follows.
  if (embedded?.code !== real?.code && "type" in (embedded ?? {}))
    return [{ path: `${path}.code`, embedded: outcome(embedded), real: outcome(real) }];
  const bothLists = Array.isArray(embedded) && Array.isArray(real) && embedded.length === real.length;
  if (!bothLists && !(isPlain(embedded) && isPlain(real)))
    return [{ path, embedded: JSON.stringify(embedded) ?? "nothing", real: JSON.stringify(real) ?? "nothing" }];
  const keys = [...new Set([...Object.keys(embedded as object), ...Object.keys(real as object)])];
  return keys.flatMap((key) => between(embedded[key], real[key], `${path}.${key}`));
}

function outcome({ code, body }: Json): string {
  return body?.message === undefined ? String(code) : `${code} ${body.message}`;
}

function isPlain(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
