import { readFileSync } from "node:fs";
import { endianness } from "node:os";

/** A TCP socket of this host that takes connections. */
export interface ListeningSocket {
  /** `127.0.0.1`, `0.0.0.0`, `::1` and so on; an IPv4 address within IPv6 is given as IPv4. */
  readonly address: string;
  readonly inode: string;
}

/** Everything that listens on a port. Throws where the system has no /proc. */
export function listeningSockets(port: number): readonly ListeningSocket[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => {
    try {
      return parseListening(readFileSync(file, "utf8"), port);
    } catch (error) {
      // A system without IPv6 has no such file.
      if (file === "/proc/net/tcp6") return [];
      throw error;
    }
  });
}

const listening = "0A";

/** @see https://docs.kernel.org/networking/proc_net_tcp.html */
export function parseListening(table: string, port: number): readonly ListeningSocket[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== listening || !inode || !local.endsWith(end)) return [];
    return [{ address: addressOf(local.slice(0, -end.length)), inode }];
  });
}

/** The kernel writes an address as words of 32 bits, each in the machine's own order. */
function addressOf(digits: string): string {
  const words = digits.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [...Buffer.from(word, "hex")];
    return endianness() === "LE" ? inOrder.toReversed() : inOrder;
  });
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12).join(".") : textOfIPv6(bytes);
}

function textOfIPv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0));
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]`).hostname.slice(1, -1);
}
