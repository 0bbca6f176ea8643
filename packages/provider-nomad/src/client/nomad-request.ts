/** One request of Nomad's HTTP API. */
export interface NomadRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/v1/jobs`, its parts already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  /** What the token's policy has to allow: a capability of the namespace (`submit-job`), or `node:read`. For the message when it does not. */
  readonly needs?: string;
  /** Which connections it goes on when it stays open; `stream` when absent: what a watch or a change waits for never waits behind logs. */
  readonly lane?: "watch" | "stream" | "request";
  /** Whether sending it twice does no harm: a GET does none. */
  readonly repeatable?: boolean;
}

/** The path and the query, the namespace and the region among it. */
export function targetOf(
  { path, query = {} }: Pick<NomadRequest, "path" | "query">,
  place: { readonly namespace: string; readonly region?: string | undefined },
): string {
  const search = new URLSearchParams({ namespace: place.namespace });
  if (place.region !== undefined) search.set("region", place.region);
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === "object") for (const each of value) search.append(name, each);
    else if (value !== undefined) search.set(name, String(value));
  }
  return `${path}?${search.toString()}`;
}
