import type { KubectlVersion } from "@virtual-kubelet/integration/kubectl";
import type { SeenRequest } from "./seen-request.ts";

/** What a kubectl's namespace begins with, by which its requests are known at the node: API servers do not pass its name on. */
export function namespacePrefix(version: KubectlVersion): string {
  return `kubectl-${version.replace(".", "-")}`;
}

/** What reached the node, of all that one version of kubectl did through one control plane. */
export interface RequestRecord {
  /** The minor version of Kubernetes: `1.37`. */
  readonly target: string;
  /** By the version of kubectl, by the route: what was sent and got, each once. */
  readonly kubectls: Readonly<Record<string, Readonly<Record<string, readonly Exchange[]>>>>;
}

export interface Exchange {
  /** `POST, SPDY/3.1: v4.channel.k8s.io, v3.channel.k8s.io` */
  readonly sent: string;
  /** `101, v4.channel.k8s.io` */
  readonly got: string;
}

const ofKubectl = /\/kubectl-(1)-(\d+)-[0-9a-f]+\//;

/** @param routes the paths of the table of routes */
export function requestRecord(target: string, routes: readonly string[], seen: readonly SeenRequest[]): RequestRecord {
  const kubectls: Record<string, Record<string, Exchange[]>> = {};
  for (const request of seen) {
    const [, major, minor] = ofKubectl.exec(request.path) ?? [];
    const route = routes.find((path) => matches(path, request.path));
    if (minor === undefined || route === undefined) continue;
    const exchanges = ((kubectls[`${major}.${minor}`] ??= {})[route] ??= []);
    const exchange = exchangeOf(request);
    if (!exchanges.some(({ sent, got }) => sent === exchange.sent && got === exchange.got)) exchanges.push(exchange);
  }
  return { target, kubectls: inOrder(kubectls) };
}

function matches(route: string, path: string): boolean {
  const [wanted, given] = [route.split("/"), path.split("/")];
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith("{") || part === given[index]);
}

function exchangeOf({ method, upgrade, offered, status, chosen }: SeenRequest): Exchange {
  const protocols = offered.length === 0 ? "" : `: ${offered.join(", ")}`;
  const sent = upgrade === undefined ? method : `${method}, ${upgrade}${protocols}`;
  return { sent, got: chosen === undefined ? String(status) : `${status}, ${chosen}` };
}

/** So that two runs that saw the same are recorded alike. */
function inOrder(kubectls: Readonly<Record<string, Readonly<Record<string, readonly Exchange[]>>>>) {
  const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return Object.fromEntries(
    sorted(kubectls).map(([version, routes]) => [
      version,
      Object.fromEntries(
        sorted(routes).map(([route, exchanges]) => [
          route,
          exchanges.toSorted((a, b) => `${a.sent} ${a.got}`.localeCompare(`${b.sent} ${b.got}`)),
        ]),
      ),
    ]),
  );
}
