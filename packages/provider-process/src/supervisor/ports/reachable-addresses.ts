import { isIPv4 } from "node:net";
import type { ReachableAddress } from "../../protocol/messages.ts";
import type { ListeningSocket } from "./listening-sockets.ts";

const loopbacks = ["127.0.0.1", "::1"];
const anyAddress = "0.0.0.0";
const anyIPv6Address = "::";
/** Means nothing without the name of a link. */
const linkLocal = /^fe[89ab]/;

/**
 * Where a connection reaches the pod and nobody else; the loopback first, as a kubelet does. A socket of that very address
 * takes precedence over one of all addresses. Of those of all addresses any may take it, and so may one of all IPv6
 * addresses, which is usually one of all IPv4 addresses too.
 */
export function reachableAddresses(
  sockets: readonly ListeningSocket[],
  isOwn: (inode: string) => boolean,
): readonly ReachableAddress[] {
  const addresses = new Set([...loopbacks, ...sockets.map(({ address }) => address)]);
  return [...addresses].flatMap((address) => {
    if (address === anyAddress || address === anyIPv6Address || linkLocal.test(address)) return [];
    const takers = takersAt(address, sockets);
    if (takers.length === 0 || !takers.every(({ inode }) => isOwn(inode))) return [];
    return [{ address, inodes: takers.map(({ inode }) => inode).toSorted() }];
  });
}

function takersAt(at: string, sockets: readonly ListeningSocket[]): readonly ListeningSocket[] {
  const exact = sockets.filter(({ address }) => address === at);
  if (exact.length > 0) return exact;
  return sockets.filter(({ address }) => address === anyIPv6Address || (isIPv4(at) && address === anyAddress));
}
