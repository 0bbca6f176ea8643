import { constants } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { HttpError } from "../error-response.ts";
import type { Exchange } from "../http/exchange.ts";

const notFound = (): HttpError => new HttpError(404, "404 page not found");

/** The files of one directory of the host, read only; a folder is answered by the names in it. Nothing outside of it is reached. */
export async function nodeLogs(exchange: Exchange, response: ServerResponse): Promise<void> {
  const { logDirectory } = exchange.services;
  if (logDirectory === undefined) throw new HttpError(405, "logs endpoint is disabled.");
  const root = await realpath(logDirectory).catch(() => {
    throw notFound();
  });
  await using file = await openWithin(root, exchange.parameters["path"] ?? "");
  const stats = await file.handle.stat();
  if (stats.isDirectory()) return answerFolder(response, await readdir(file.path, { withFileTypes: true }));
  if (!stats.isFile()) throw notFound();
  response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" });
  await pipeline(file.handle.createReadStream({ autoClose: false }), response, { signal: exchange.controller.signal });
}

/** The last step of the path is opened without following a link, so that it cannot be exchanged after it was looked at. */
async function openWithin(root: string, path: string): Promise<AsyncDisposable & { path: string; handle: FileHandle }> {
  try {
    const real = await realpath(join(root, path));
    if (real !== root && !real.startsWith(root + sep)) throw notFound();
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return { path: real, handle, [Symbol.asyncDispose]: () => handle.close() };
  } catch {
    throw notFound();
  }
}

function answerFolder(
  response: ServerResponse,
  entries: readonly { readonly name: string; isDirectory(): boolean }[],
): void {
  const lines = entries.map((entry) => {
    const name = entry.name + (entry.isDirectory() ? "/" : "");
    return `<a href="./${encodeURIComponent(entry.name)}${entry.isDirectory() ? "/" : ""}">${escaped(name)}</a>\n`;
  });
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'" };
  response.writeHead(200, headers).end(`<pre>\n${lines.toSorted().join("")}</pre>\n`);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
