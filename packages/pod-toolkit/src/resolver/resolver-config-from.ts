import type { ResolverConfig } from "@virtual-kubelet/provider";

/**
 * What a resolv.conf says, read as a kubelet reads its node's: name servers add up, the last `search` line counts, and so does the last mention
 * of an option. A search domain's dot at the end is left out, the root as a search domain too.
 *
 * @throws RangeError for a `nameserver` line that names none.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/network/dns/dns.go (`parseResolvConf`)
 */
export function resolverConfigFrom(text: string): ResolverConfig {
  const nameservers: string[] = [];
  let searches: readonly string[] = [];
  const options = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === "nameserver") nameservers.push(values[0] ?? noNameserver());
    if (keyword === "search") searches = values.filter((each) => each !== ".").map((each) => each.replace(/\.$/, ""));
    if (keyword === "options") for (const option of values) options.set(option.split(":", 1)[0] ?? option, option);
  }
  return { nameservers, searches, options: [...options.values()] };
}

function noNameserver(): never {
  throw new RangeError('A "nameserver" line of the resolv.conf names no server: give it an address or leave it out');
}
