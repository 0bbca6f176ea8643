import { type CommandOptions, openCommand } from "../clients/command.ts";
import { type Endpoint, type Protocol, openSocket } from "../clients/endpoint.ts";
import { commandPath } from "../clients/paths.ts";
import type { Killing } from "./killings.ts";
import { type Streams, gone, someOf, someTo } from "./some-bytes.ts";
import type { Victims } from "./victims.ts";
import { type WayToGo, leave } from "./ways-to-go.ts";

interface CommandKilling {
  readonly name: string;
  /** What is done with the streams first; absent: it does not even wait for them. */
  readonly use?: (streams: Streams) => Promise<void>;
  readonly options: (victims: Victims) => Omit<CommandOptions, "protocol">;
}

const kinds: readonly CommandKilling[] = [
  {
    name: "exec, before the answer",
    options: ({ idle: target }) => ({ target, command: ["sleep", "1000"], streams: ["stdin", "stdout"] }),
  },
  {
    name: "exec, while nothing is said",
    use: async () => {},
    options: ({ idle: target }) => ({ target, command: ["sleep", "1000"], streams: ["stdin", "stdout", "stderr"] }),
  },
  {
    name: "exec, in its output",
    use: ({ stdout }) => someOf(stdout),
    options: ({ idle: target }) => ({ target, command: ["cat", "/dev/zero"], streams: ["stdout", "stderr"] }),
  },
  {
    name: "exec, in its input",
    use: ({ stdin }) => someTo(stdin),
    options: ({ idle: target }) => ({
      target,
      command: ["sh", "-c", "exec cat > /dev/null"],
      streams: ["stdin", "stdout"],
    }),
  },
  {
    name: "exec, in input that nobody reads",
    use: ({ stdin }) => someTo(stdin),
    options: ({ idle: target }) => ({ target, command: ["sleep", "1000"], streams: ["stdin", "stdout"] }),
  },
  {
    name: "exec, on a terminal",
    use: ({ stdout }) => someOf(stdout, 1),
    options: ({ idle: target }) => ({
      target,
      command: ["sh", "-c", "echo here; exec sleep 1000"],
      streams: ["stdin", "stdout", "tty"],
    }),
  },
  {
    name: "attach, in the output",
    use: ({ stdout }) => someOf(stdout),
    options: ({ talker: target }) => ({ target, streams: ["stdin", "stdout", "stderr"] }),
  },
];

export function commandKillings(protocol: Protocol): readonly Killing[] {
  return kinds.map((kind) => commandKilling(kind, protocol));
}

function commandKilling({ name, use, options }: CommandKilling, protocol: Protocol): Killing {
  let isKnown = false;
  return {
    name: `${name}, over ${protocol}`,
    kill: async ({ node: endpoint }, victims, way) => {
      const wanted: CommandOptions = { protocol, ...options(victims) };
      // The first one sees whether there is such a thing at all.
      if (!use && isKnown) return leaveAtOnce(endpoint, wanted, way);
      const opened = await openCommand(endpoint, wanted);
      isKnown = true;
      await use?.(opened);
      leave(opened.socket, way);
      await gone(opened.socket);
    },
  };
}

const upgrades: Readonly<Record<Protocol, readonly string[]>> = {
  spdy: ["Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io", "Content-Length: 0"],
  "web-socket": [
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: v5.channel.k8s.io",
  ],
};
const longestMs = 10;

async function leaveAtOnce(endpoint: Endpoint, options: CommandOptions, way: WayToGo): Promise<void> {
  const { protocol, target } = options;
  const socket = await openSocket(endpoint);
  const line = `${protocol === "spdy" ? "POST" : "GET"} ${commandPath(endpoint, target, options)} HTTP/1.1`;
  socket.write([line, "Host: node", "Connection: Upgrade", ...upgrades[protocol], "", ""].join("\r\n"));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * longestMs));
  leave(socket, way);
  await gone(socket);
}
