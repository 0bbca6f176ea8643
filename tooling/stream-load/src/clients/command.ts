import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { type Endpoint, type Protocol, openSpdy, openWebSocket } from "./endpoint.ts";
import { type PodContainer, type StreamName, commandPath } from "./paths.ts";

export interface CommandOptions {
  readonly protocol: Protocol;
  readonly target: PodContainer;
  /** Absent: attach. */
  readonly command?: readonly string[];
  readonly streams: readonly StreamName[];
}

/** The client's end of an exec or an attach. Streams that were not asked for are not there. */
export interface RemoteCommand {
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  /** What the server says in the end, as it says it: a Status, in JSON. */
  readonly status: Promise<string>;
  /** The connection, to be ended or cut off. */
  readonly socket: Duplex;
}

const spdyProtocols = ["v5", "v4", "v3", "v2"].map((version) => `${version}.channel.k8s.io`);
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3 } as const;

export function openCommand(endpoint: Endpoint, options: CommandOptions): Promise<RemoteCommand> {
  return options.protocol === "spdy" ? overSpdy(endpoint, options) : overWebSocket(endpoint, options);
}

async function overSpdy(endpoint: Endpoint, { target, streams, ...options }: CommandOptions): Promise<RemoteCommand> {
  const path = commandPath(endpoint, target, { streams, ...options });
  const { socket, head } = await openSpdy(endpoint, path, spdyProtocols);
  const connection = new SpdyConnection(socket, head);
  const open = (streamtype: string): Duplex => connection.open({ streamtype });
  const error = open("error");
  const status = text(error).catch(() => "");
  const opened: Record<string, Duplex> = {};
  for (const name of ["stdin", "stdout", "stderr"] as const) if (streams.includes(name)) opened[name] = open(name);
  // A terminal is waited for until it can be told its size.
  if (streams.includes("tty")) open("resize");
  void status.then(() => socket.destroy());
  return { ...opened, status, socket };
}

async function overWebSocket(
  endpoint: Endpoint,
  { target, streams, ...options }: CommandOptions,
): Promise<RemoteCommand> {
  const path = commandPath(endpoint, target, { streams, ...options });
  const { webSocket, socket } = await openWebSocket(endpoint, path, "v5.channel.k8s.io");
  const wire = new ChannelSocket(webSocket);
  const status = text(wire.readable(channels.error)).catch(() => "");
  void once(webSocket, "close").then(() => socket.destroy());
  return {
    ...(streams.includes("stdin") ? { stdin: wire.writable(channels.stdin) } : {}),
    ...(streams.includes("stdout") ? { stdout: wire.readable(channels.stdout) } : {}),
    ...(streams.includes("stderr") ? { stderr: wire.readable(channels.stderr) } : {}),
    status,
    socket,
  };
}
