import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** How many of each kind a process has. */
export type Holdings = Readonly<Record<string, number>>;

/** What a process holds open, by what it is, and its children: by the word of the system. */
export function holdingsOf(pid: number): Holdings {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  const sockets = new TcpSockets(pid, links);
  const kinds = links.filter((link) => link !== "").map((link) => sockets.kindOf(link) ?? kindOf(link));
  return countsOf([...kinds, ...childrenOf(pid).map(() => "child")]);
}

export function countsOf(kinds: readonly string[]): Holdings {
  const groups = Map.groupBy(kinds.toSorted(), (kind) => kind);
  return Object.fromEntries([...groups].map(([kind, { length }]) => [kind, length]));
}

/** Where they differ: a line for each kind. */
export function differences(before: Holdings, now: Holdings): string[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return kinds
    .filter((kind) => (before[kind] ?? 0) !== (now[kind] ?? 0))
    .map((kind) => `${kind}: ${before[kind] ?? 0} before, ${now[kind] ?? 0} now`);
}

export function childrenOf(pid: number): readonly number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const texts = threads.map((thread) => attempt(() => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")));
  return texts.flatMap((text) => text.split(" ").filter((child) => child.trim() !== "")).map(Number);
}

function kindOf(link: string): string {
  if (link.startsWith("pipe:")) return "pipe";
  if (link.startsWith("socket:")) return "unix socket";
  return link.startsWith("/") ? `file ${link}` : link;
}

/** What it tries to look at may end at any time. */
function attempt(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}

const listening = "0A";

/** The TCP sockets of a process: those of others to a port on which it listens, and those that it has opened itself. */
class TcpSockets {
  readonly #kinds = new Map<string, string>();

  constructor(pid: number, links: readonly string[]) {
    const lines = ["tcp", "tcp6"].flatMap((table) => tableOf(pid, table)).filter(({ link }) => links.includes(link));
    const ports = new Set(lines.filter(({ state }) => state === listening).map(({ port }) => port));
    for (const { link, port, state } of lines) {
      const kind = ports.has(port) ? "incoming connection" : "outgoing connection";
      this.#kinds.set(link, state === listening ? "listening socket" : kind);
    }
  }

  kindOf(link: string): string | undefined {
    return this.#kinds.get(link);
  }
}

function tableOf(
  pid: number,
  table: string,
): readonly { readonly link: string; readonly port: string; readonly state: string }[] {
  const [, ...lines] = attempt(() => readFileSync(`/proc/${pid}/net/${table}`, "utf8")).split("\n");
  return lines.map((line) => {
    const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
    return { link: `socket:[${inode}]`, port: local.split(":")[1] ?? "", state };
  });
}
