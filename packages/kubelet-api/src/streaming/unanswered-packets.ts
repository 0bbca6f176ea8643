import { readFile } from "node:fs/promises";

/** The ports of a TCP connection, ours and the other side's. */
export interface ConnectionPorts {
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
}

/** Linux' tables of TCP connections. Other systems have none that can be read as a file. */
const tables = ["/proc/net/tcp", "/proc/net/tcp6"];

/** After so many, each after twice the pause of the one before, thirteen seconds have passed. */
const mostUnanswered = 6;

/** Whether the other side's host has vanished, so far as the system can tell. */
export async function hostIsGone(connection: ConnectionPorts): Promise<boolean> {
  return (await unansweredPackets(connection)) >= mostUnanswered;
}

/**
 * How often in a row the system has sent something over a connection and heard nothing. A host that is there answers even
 * while its program reads nothing; one that has vanished does not, and then only this number tells, for a quarter of an hour.
 * 0 where the system does not say.
 */
export async function unansweredPackets(connection: ConnectionPorts): Promise<number> {
  const texts = await Promise.all(tables.map((path) => readFile(path, "latin1").catch(() => "")));
  const found = texts.flatMap((text) => unansweredIn(text, connection));
  return found.length === 0 ? 0 : Math.min(...found);
}

/**
 * Reads such a table: of each connection with these ports the number. The columns are those of `tcp_ipv4.c` in Linux: local and
 * remote address, state, queues, timer, retransmits, user, probes of a window that is closed.
 */
export function unansweredIn(table: string, { localPort = 0, remotePort = 0 }: ConnectionPorts): readonly number[] {
  const [local, remote] = [localPort, remotePort].map((port) => port.toString(16).toUpperCase().padStart(4, "0"));
  const line = new RegExp(
    `^ *\\d+: [0-9A-F]+:${local} [0-9A-F]+:${remote} \\S+ \\S+ \\S+ ([0-9A-F]{8}) +\\d+ +(\\d+) `,
    "gm",
  );
  return Array.from(table.matchAll(line), ([, again = "0", probes = "0"]) =>
    Math.max(Number.parseInt(again, 16), Number(probes)),
  );
}
