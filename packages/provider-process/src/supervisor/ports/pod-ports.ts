import { readdirSync, readlinkSync } from "node:fs";
import type { ReachableAddress } from "../../protocol/messages.ts";
import { type ProcessIdentity, isAlive, listProcesses } from "../processes/process-table.ts";
import { type ProcessTree, membersOf } from "../processes/process-tree.ts";
import { listeningSockets } from "./listening-sockets.ts";
import { reachableAddresses } from "./reachable-addresses.ts";

/** Which descriptor of which process a socket is. */
interface Holder {
  readonly process: ProcessIdentity;
  readonly descriptor: string;
}

/** Tells which ports of this host are a pod's: those on which a process of its containers listens. */
export class PodPorts {
  /** By inode: who was seen to hold a socket most likely still does. */
  #holders = new Map<string, Holder>();

  /** Where connections to a port reach the pod; nowhere, when no process of these trees listens, or another one does too. */
  find(port: number, trees: readonly ProcessTree[]): readonly ReachableAddress[] {
    const sockets = listeningSockets(port);
    if (sockets.length === 0) return [];
    if (!sockets.every(({ inode }) => this.#isHeld(inode))) this.#holders = holdersIn(trees);
    return reachableAddresses(sockets, (inode) => this.#isHeld(inode));
  }

  #isHeld(inode: string): boolean {
    const holder = this.#holders.get(inode);
    return holder !== undefined && isAlive(holder.process) && inodeAt(holder.process.pid, holder.descriptor) === inode;
  }
}

function holdersIn(trees: readonly ProcessTree[]): Map<string, Holder> {
  const processes = listProcesses();
  const members = new Map(trees.flatMap((tree) => membersOf(tree, processes)).map((member) => [member.pid, member]));
  const holders = new Map<string, Holder>();
  for (const { pid, startedAt } of members.values()) {
    for (const descriptor of descriptorsOf(pid)) {
      const inode = inodeAt(pid, descriptor);
      if (inode) holders.set(inode, { process: { pid, startedAt }, descriptor });
    }
  }
  return holders;
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

function inodeAt(pid: number, descriptor: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
  } catch {
    return undefined;
  }
}
