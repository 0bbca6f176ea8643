/** A request as the proxy sees it before anybody else does. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly isWatch: boolean;
  readonly authorization: string | undefined;
  /** Of the client's certificate, if it showed one. */
  readonly serialNumber: string | undefined;
  /** When it came; of `performance`. */
  readonly atMs: number;
}

/** Which requests are meant. */
export type Match = (request: ApiRequest) => boolean;

/** For a resource's objects, or one of them: `isFor("pods/status")`, `isFor("leases", "PATCH")`, `isFor("pods", "DELETE", "web")`. */
export function isFor(resource: string, method?: string, name?: string): Match {
  const [plural = "", subresource] = resource.split("/");
  return (request) => {
    const parts = (request.path.split("?", 1)[0] ?? "").split("/");
    const at = parts.lastIndexOf(plural);
    if (at <= 0 || parts[at + 2] !== subresource) return false;
    return (method === undefined || request.method === method) && (name === undefined || parts[at + 1] === name);
  };
}

export function isPodList({ path, method, isWatch }: ApiRequest): boolean {
  if (method !== "GET" || !path.startsWith("/api/v1/pods?")) return false;
  return !isWatch || path.includes("sendInitialEvents=true");
}

export function isPodWatch({ path, isWatch }: ApiRequest): boolean {
  return isWatch && path.startsWith("/api/v1/pods?");
}
