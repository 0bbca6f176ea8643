import type { CredentialsCall } from "./connection.ts";

export interface FreshOptions<T> {
  /** Reads it; rejects when it is not there, or not whole because somebody is just writing it. */
  readonly load: () => Promise<T>;
}

/** Long before what is replaced in time runs out; client-go looks for service account tokens as often. */
const maxAgeMs = 60_000;

/** Something that others replace while we run: a token, a certificate with its key. It is read again every minute. */
export class Fresh<T> {
  readonly #load: () => Promise<T>;
  #known: { readonly value: T; readonly at: number } | undefined;
  #loading: Promise<T> | undefined;

  constructor(options: FreshOptions<T>) {
    this.#load = options.load;
  }

  /**
   * What is good now. That it cannot be read is no error as long as it could be once: what it was may still be good, and the
   * server will tell. Until it can be read everybody who asks looks again.
   */
  async read(call: Pick<CredentialsCall, "refresh">): Promise<T> {
    const known = this.#known;
    if (known && !call.refresh && performance.now() - known.at < maxAgeMs) return known.value;
    this.#loading ??= this.#reload().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #reload(): Promise<T> {
    try {
      const value = await this.#load();
      this.#known = { value, at: performance.now() };
      return value;
    } catch (error) {
      if (!this.#known) throw error;
      this.#known = { ...this.#known, at: Number.NEGATIVE_INFINITY };
      return this.#known.value;
    }
  }
}
