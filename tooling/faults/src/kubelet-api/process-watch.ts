import { readFileSync, readdirSync } from "node:fs";

const pageBytes = 4096;
const everyMs = 25;
const mega = 2 ** 20;

/** How much memory a process has, and how much that has become at most. */
export class MemoryWatch implements Disposable {
  readonly #pid: number;
  readonly #firstBytes: number;
  readonly #timer: NodeJS.Timeout;
  #mostBytes: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#firstBytes = this.#mostBytes = residentBytes(pid);
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  /** By how much it has grown, at its largest. */
  get grownMegabytes(): number {
    this.#look();
    return Math.round((this.#mostBytes - this.#firstBytes) / mega);
  }

  #look(): void {
    this.#mostBytes = Math.max(this.#mostBytes, residentBytes(this.#pid));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** How many files, sockets and pipes a process and its children have open. */
export function openFiles(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean),
  );
  return [pid, ...children].reduce<number>((sum, each) => sum + readdirSync(`/proc/${each}/fd`).length, 0);
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return Number(pages) * pageBytes;
}
