import type { Answer, Ask, Forget, Watch } from "../exchange.ts";

type Headers = Readonly<Record<string, string>>;
type Body = NonNullable<Ask["body"]>;

const json: Headers = { "content-type": "application/json" };

export function get(path: string, headers: Headers = {}): Ask {
  return { method: "GET", path, headers };
}

export function post(path: string, body: Body, headers: Headers = json): Ask {
  return { method: "POST", path, body, headers };
}

export function put(path: string, body: Body, headers: Headers = json): Ask {
  return { method: "PUT", path, body, headers };
}

/** `DeleteOptions` may be left out. */
export function remove(path: string, options?: object): Ask {
  return { method: "DELETE", path, ...(options ? { body: options, headers: json } : {}) };
}

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export function patch(kind: keyof typeof patchTypes, path: string, body: Body): Ask {
  return { method: "PATCH", path, body, headers: { "content-type": patchTypes[kind] } };
}

/** The same, only to have happened. */
export function first(ask: Ask): Ask {
  return { ...ask, hidden: true };
}

/** Asks until an object is as it should be, or the code of the answer is that. */
export function until(path: string, test: number | ((answer: Answer) => boolean)): Ask {
  const isSo = typeof test === "number" ? ({ code }: Answer) => code === test : test;
  return { method: "GET", path, until: isSo, hidden: true };
}

export function seeing(ask: Ask, see: NonNullable<Ask["see"]>): Ask {
  return { ...ask, see };
}

export function watch(path: string, { during = [], ...rest }: WatchOptions = {}): Watch {
  const { count, headers } = rest;
  return { watch: get(path, headers), during, ...(count === undefined ? {} : { count }) };
}

export interface WatchOptions {
  readonly during?: readonly Ask[];
  readonly count?: number;
  readonly headers?: Headers;
}

export const forget: Forget = { forget: true };
