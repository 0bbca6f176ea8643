import { once } from "node:events";
import { Agent, WebSocket, request } from "undici";
import type { RecordedServer } from "./recorder.ts";

const patienceMs = 20_000;

/** What an answer that does not end says, each from JSON, until one is the last that is wanted. With or without lines between. */
export async function jsonMessages(
  { address }: RecordedServer,
  { path, until }: { readonly path: string; readonly until: (message: never) => boolean },
): Promise<readonly unknown[]> {
  const dispatcher = new Agent();
  try {
    const { body } = await request(`${address}${path}`, { dispatcher, signal: AbortSignal.timeout(patienceMs) });
    const messages: unknown[] = [];
    let rest = "";
    for await (const piece of body.setEncoding("utf8")) {
      for (const part of `${piece}`.split(/(?<=\})\n*(?=\{)/)) {
        const value = parsed(rest + part);
        rest = value === undefined ? rest + part : "";
        if (value === undefined) continue;
        messages.push(value);
        if (until(value as never)) return messages;
      }
    }
    return messages;
  } finally {
    await dispatcher.destroy();
  }
}

/** What a command's WebSocket says, given these frames once it is open; at its end, how it was closed. */
export async function execFrames(
  { address }: RecordedServer,
  { path, send }: { readonly path: string; readonly send: readonly object[] },
): Promise<readonly unknown[]> {
  const socket = new WebSocket(`${address.replace("http", "ws")}${path}`);
  const frames: unknown[] = [];
  socket.addEventListener("message", ({ data }) => {
    const frame: unknown = JSON.parse(String(data));
    frames.push(frame);
  });
  const signal = AbortSignal.timeout(patienceMs);
  await once(socket, "open", { signal });
  for (const frame of send) socket.send(JSON.stringify(frame));
  const [{ code, reason }] = (await once(socket, "close", { signal })) as [{ code: number; reason: string }];
  return [...frames, { closed: { code, reason } }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // Its end is still to come.
  }
}
