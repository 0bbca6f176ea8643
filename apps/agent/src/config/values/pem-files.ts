import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UsageError } from "../../usage-error.ts";
import { readingProblem } from "../config-file.ts";

/** Once, at the start: what is wrong then is better said than waited for. */
export async function certificateIn(flag: string, path: string): Promise<X509Certificate> {
  const text = await pemIn(flag, path);
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${path} holds no certificate that can be read.`, { cause: error });
  }
}

export async function pemIn(flag: string, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${path}: ${readingProblem(error)}.`, { cause: error });
  }
  if (text.includes("-----BEGIN ")) return text;
  throw new UsageError(`${flag}: ${path} is not PEM: it has no line "-----BEGIN …".`);
}

/** All of a file, as PEM, and nothing else that is in it, such as a key. */
export async function certificatesIn(flag: string, path: string): Promise<string> {
  await certificateIn(flag, path);
  const blocks = (await pemIn(flag, path)).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new UsageError(`${flag}: ${path} has no line "-----BEGIN CERTIFICATE-----".`);
  return blocks.map((block) => `${block}\n`).join("");
}
