import type { ServerResponse } from "node:http";
import type { NeededAccess } from "../access/authorization.ts";
import type { AuditedAction, AuditedOutcome } from "../audit.ts";
import type { Exchange, Upgrade } from "./exchange.ts";

/** What a caller must be allowed to do with this node. */
export interface Access extends NeededAccess {
  /** Starting something in a container is `create`, whatever the HTTP method. */
  readonly verb: "get" | "create";
}

/**
 * The verb that is needed for what starts something in a container: always `create`, or as kubelet has it, which lets those who
 * may `get` do the same by a GET.
 */
export type CommandVerb = "create" | "by-method";

/** One endpoint: plain requests, or requests that leave HTTP for a protocol of streams. */
export type Route = {
  readonly methods: readonly string[];
  /** `/pods`, `/exec/{namespace}/{pod}/{container}`, or with any number of further segments at its end, `/logs/{path...}`. */
  readonly path: string;
  readonly access: Access;
  /** What its requests leave an audit line of, those too that are refused before it has them. */
  readonly audited?: AuditedAction;
} & RouteHandler;

export type RouteHandler =
  | { readonly answer: (exchange: Exchange, response: ServerResponse) => Promise<AuditedOutcome | void> }
  | { readonly upgrade: (exchange: Exchange, upgrade: Upgrade) => Promise<AuditedOutcome | void> };

/** The route of a path and method, and what stands for its `{…}`. */
export type RouteMatch =
  | { readonly type: "found"; readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  | { readonly type: "method not allowed"; readonly allowed: readonly string[] }
  | { readonly type: "not found" };

/** Finds a route by its literal segments; an empty segment stands for nothing. */
export function matchRoute(routes: readonly Route[], method: string, segments: readonly string[]): RouteMatch {
  const allowed = new Set<string>();
  for (const route of routes) {
    const parameters = matchPath(route.path, segments);
    if (!parameters) continue;
    if (route.methods.includes(method)) return { type: "found", route, parameters };
    for (const name of route.methods) allowed.add(name);
  }
  return allowed.size > 0 ? { type: "method not allowed", allowed: [...allowed] } : { type: "not found" };
}

/** As kubelet reads the method of a request. */
const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** What a request needs for a route. Source: kubelet, `GetRequestAttributes`. */
export function accessOf(
  { access }: Route,
  { method, commandVerb }: { readonly method: string; readonly commandVerb: CommandVerb },
): NeededAccess {
  return commandVerb === "by-method" ? { ...access, verb: verbOf(method) } : access;
}

/** What it needs where there is nothing. */
export function strayAccess(method: string): NeededAccess {
  return { verb: verbOf(method), subresources: ["proxy"] };
}

function verbOf(method: string): string {
  return verbs[method] ?? "";
}

function matchPath(path: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const pattern = path.slice(1).split("/");
  const rest = /^\{(\w+)\.\.\.\}$/.exec(pattern.at(-1) ?? "")?.[1];
  if (rest === undefined ? pattern.length !== segments.length : pattern.length > segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index];
    if (rest !== undefined && index === pattern.length - 1) {
      return segments.slice(index).includes("")
        ? undefined
        : { ...parameters, [rest]: segments.slice(index).join("/") };
    }
    if (!segment) return undefined;
    if (part.startsWith("{")) parameters[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}
