import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { command } from "./command.ts";
import type { Tarball } from "./tarballs.ts";

const attw = join(import.meta.dirname, "../../node_modules/.bin/attw");

/** Throws what publint finds in a tarball, its suggestions too. */
export async function runPublint({ path }: Tarball): Promise<undefined> {
  const bytes = await readFile(path);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  if (messages.length > 0)
    throw new Error(messages.map((message) => formatMessage(message, pkg, { color: false })).join("\n"));
}

/** Throws what "are the types wrong" finds in a tarball, for importers that are ES modules: the packages are nothing else. */
export async function runAttw({ path }: Tarball): Promise<undefined> {
  await command(
    attw,
    [
      path,
      "--profile",
      "esm-only",
      "--no-definitely-typed",
      "--no-color",
      "--no-emoji",
      "--no-summary",
      "--format",
      "ascii",
    ],
    {
      cwd: import.meta.dirname,
    },
  );
}
