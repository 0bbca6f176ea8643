import { type Hash, createHash } from "node:crypto";
import { open } from "node:fs/promises";

const mega = 2 ** 20;

/** What a stream of bytes was, without the bytes. */
export interface Measured {
  readonly bytes: number;
  readonly sha256: string;
}

class Measure {
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  end(): Measured {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

export async function measured(source: AsyncIterable<unknown>): Promise<Measured> {
  const measure = new Measure();
  for await (const bytes of source) measure.add(bytes as Uint8Array);
  return measure.end();
}

export function ofText(text: Buffer): Measured {
  const measure = new Measure();
  measure.add(text);
  return measure.end();
}

export interface WrittenLog {
  readonly whole: Measured;
  /** What it begins with: a little less than a megabyte. */
  readonly beginning: Buffer;
}

/** Writes a log of some size, as a supervisor keeps it, and tells what a reader of it has to get. */
export async function writeLog(path: string, megabytes: number): Promise<WrittenLog> {
  const [kept, text]: [Buffer[], Buffer[]] = [[], []];
  for (let index = 0, bytes = 0; bytes < mega; index++) {
    const line = Buffer.from(`${String(index).padStart(8, "0")} ${"\u0000ÿ\u0007ab".repeat(index % 40)}\n`, "latin1");
    kept.push(Buffer.from("2026-01-02T03:04:05.678901234Z stdout F "), line);
    text.push(line);
    bytes += line.length + 40;
  }
  const [block, said] = [Buffer.concat(kept), Buffer.concat(text)];
  const measure = new Measure();
  await using file = await open(path, "w", 0o600);
  for (let written = 0; written < megabytes * mega; written += block.length) {
    await file.writeFile(block);
    measure.add(said);
  }
  return { whole: measure.end(), beginning: said };
}
