import { isIPv6 } from "node:net";

export interface HostAndPort {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const name = /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/;

/** Reads `api.example:6443`, `10.0.0.1:6443` or `[fd00::1]:6443`; `undefined` when it is none of these. */
export function hostAndPort(text: string): HostAndPort | undefined {
  const [, ipv6, other = "", digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isHost = ipv6 === undefined ? name.test(other) : isIPv6(ipv6);
  return isHost && port >= 1 && port <= 65_535 ? { host: ipv6 ?? other, port } : undefined;
}
