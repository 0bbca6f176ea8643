import { readFileSync } from "node:fs";

interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
}

const everyMs = 500;

/** Watches how much the processors of this host work, by the system's own account. */
export class HostClock implements Disposable {
  readonly #samples: Sample[] = [sample()];
  readonly #timer: NodeJS.Timeout = setInterval(() => this.#samples.push(sample()), everyMs);

  /** What they used on average in a time that has passed, in thousandths of a processor; `undefined` for one not watched. */
  milliCpu({ endMs, windowMs }: { readonly endMs: number; readonly windowMs: number }): number | undefined {
    const [from, to] = [this.#cpuMsAt(endMs - windowMs), this.#cpuMsAt(endMs)];
    return from === undefined || to === undefined ? undefined : ((to - from) / windowMs) * 1000;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #cpuMsAt(atMs: number): number | undefined {
    const next = this.#samples.findIndex((each) => each.atMs >= atMs);
    const [before, after] = [this.#samples[next - 1], this.#samples[next]];
    if (!before || !after) return undefined;
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return before.cpuMs + share * (after.cpuMs - before.cpuMs);
  }
}

/** Without what they waited: for work, or for a disk. */
function sample(): Sample {
  const [all = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = all.split(/\s+/).map(Number);
  return { atMs: Date.now(), cpuMs: (user + nice + system + irq + softirq) * 10 };
}
