import type { ResolverConfig } from "@virtual-kubelet/provider";

const maxNameservers = 3;
const maxSearches = 32;
/** Of all search domains, with the spaces between them. */
const maxSearchCharacters = 2048;
/** Of one of them: the C library of some systems aborts on a longer one. */
const maxDomainCharacters = 253;

export interface LimitedResolver {
  readonly config: ResolverConfig;
  /** What was left out, as a kubelet says it. */
  readonly omissions: readonly string[];
}

/**
 * As much of how names are resolved as programs can read.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/network/dns/dns.go (`formDNSConfigFitsLimits`)
 */
export function withinLimits(config: ResolverConfig): LimitedResolver {
  const nameservers = config.nameservers.slice(0, maxNameservers);
  const searches = searchesWithinLimits(config.searches);
  const omissions = [
    ...(nameservers.length < config.nameservers.length
      ? [omission("Nameserver", { what: "nameservers", line: "nameserver", applied: nameservers })]
      : []),
    ...(searches.length < config.searches.length
      ? [omission("Search Line", { what: "search paths", line: "search", applied: searches })]
      : []),
  ];
  return { config: { ...config, nameservers, searches }, omissions };
}

function searchesWithinLimits(searches: readonly string[]): readonly string[] {
  const applied = searches.slice(0, maxSearches).filter(({ length }) => length <= maxDomainCharacters);
  while (applied.join(" ").length > maxSearchCharacters) applied.pop();
  return applied;
}

interface Omission {
  readonly what: string;
  readonly line: string;
  readonly applied: readonly string[];
}

function omission(limit: string, { what, line, applied }: Omission): string {
  return `${limit} limits were exceeded, some ${what} have been omitted, the applied ${line} line is: ${applied.join(" ")}`;
}
