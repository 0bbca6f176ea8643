import { readFile } from "node:fs/promises";
import { KubernetesError } from "../client/kubernetes-error.ts";

export interface FreshFileOptions {
  readonly path: string;
  /** What the file is, for the error: "the service account token". */
  readonly what: string;
  /** How long its text is believed without reading the file again. */
  readonly maxAgeMs: number;
}

/** A small file that others replace while we run: a token, a certificate. Its text is read again when it has grown old. */
export class FreshFile {
  readonly #options: FreshFileOptions;
  #text: string | undefined;
  #readAt = 0;
  #reading: Promise<string> | undefined;

  constructor(options: FreshFileOptions) {
    this.#options = options;
  }

  /**
   * Its text. A file that can no longer be read is no error as long as it was read once: what it said may still be good, and
   * the server will tell.
   */
  async read(call: { readonly refresh: boolean | "ca" } = { refresh: false }): Promise<string> {
    const fresh = performance.now() - this.#readAt < this.#options.maxAgeMs;
    if (this.#text !== undefined && fresh && !call.refresh) return this.#text;
    this.#reading ??= this.#load().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #load(): Promise<string> {
    const { path, what } = this.#options;
    try {
      const text = (await readFile(path, "utf8")).trim();
      // Who replaces it without care has truncated it and not yet written: an empty token would be no token at all.
      if (text === "") throw new Error("the file is empty");
      this.#text = text;
      this.#readAt = performance.now();
    } catch (cause) {
      if (this.#text !== undefined) return this.#text;
      throw new KubernetesError("InvalidCredentials", `cannot read ${what} from ${path}: ${(cause as Error).message}`, {
        cause,
      });
    }
    return this.#text;
  }
}
