import { isIP, SocketAddress } from "node:net";
import { bitString, boolean, implicit, objectIdentifier, octetString, sequence } from "./der.ts";

export type CertificateUsage = "serverAuth" | "clientAuth";

export interface ExtensionOptions {
  readonly certificateAuthority: boolean;
  readonly usages: readonly CertificateUsage[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly subjectKeyId: Uint8Array;
  readonly authorityKeyId: Uint8Array;
}

const usageIdentifiers: Readonly<Record<CertificateUsage, string>> = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};

/** The extensions of a version 3 certificate, RFC 5280 section 4.2. */
export function extensions(options: ExtensionOptions): Buffer {
  const { certificateAuthority, usages, dnsNames, ipAddresses } = options;
  const names = [...dnsNames, ...ipAddresses];
  return sequence(
    extension("2.5.29.19", certificateAuthority ? sequence(boolean(true)) : sequence(), true),
    // Bits from the left: digitalSignature is 0, keyCertSign is 5, cRLSign is 6.
    extension(
      "2.5.29.15",
      certificateAuthority ? bitString(Buffer.from([0b1000_0110]), 1) : bitString(Buffer.from([0x80]), 7),
      true,
    ),
    ...(usages.length > 0
      ? [extension("2.5.29.37", sequence(...usages.map((usage) => objectIdentifier(usageIdentifiers[usage]))))]
      : []),
    extension("2.5.29.14", octetString(options.subjectKeyId)),
    extension("2.5.29.35", sequence(implicit(0, options.authorityKeyId))),
    ...(names.length > 0 ? [subjectAltName({ dnsNames, ipAddresses })] : []),
  );
}

/** The names and addresses of a server, as an extension of its certificate or of the request for it. */
export function subjectAltName({ dnsNames, ipAddresses }: Pick<ExtensionOptions, "dnsNames" | "ipAddresses">): Buffer {
  return extension("2.5.29.17", sequence(...dnsNames.map(dnsName), ...ipAddresses.map(ipAddress)));
}

function extension(identifier: string, value: Uint8Array, critical = false): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

function dnsName(name: string): Buffer {
  if (!/^[\x21-\x7e]+$/.test(name)) throw new RangeError(`"${name}" cannot be a DNS name of a certificate`);
  return implicit(2, Buffer.from(name, "ascii"));
}

function ipAddress(address: string): Buffer {
  return implicit(7, addressBytes(address));
}

/** The four or sixteen bytes of an IP address. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 0) throw new RangeError(`"${address}" is no IP address`);
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  // The address without zone, dots or capitals; "::" stands for as many zero groups as are missing.
  const { address: plain } = new SocketAddress({ address, family: "ipv6" });
  const [head = "", tail] = plain.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").flatMap(groupValues));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...middle, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** One group, or the two that an embedded IPv4 address makes. */
function groupValues(text: string): number[] {
  if (!text.includes(".")) return [Number.parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
