import { LRUCache } from "lru-cache";

interface Allowance {
  left: number;
  at: number;
}

/** How many doubtful attempts an address has at once, and how soon it has another. */
const burst = 10;
const anotherMs = 1_000;
const addresses = 4096;

/** Who has failed too often waits: ten attempts an address, and another each second. */
export class Attempts {
  readonly #allowances = new LRUCache<string, Allowance>({ max: addresses });

  /** Takes one; `false` when there is none left. */
  take(address: string, now: number = performance.now()): boolean {
    const known = this.#allowances.get(address) ?? { left: burst, at: now };
    const left = Math.min(burst, known.left + (now - known.at) / anotherMs);
    this.#allowances.set(address, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  }

  /** The attempt was none of those that count. */
  giveBack(address: string): void {
    const known = this.#allowances.get(address);
    if (known) known.left = Math.min(burst, known.left + 1);
  }
}
