import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import { kubectl } from "@virtual-kubelet/integration/kubectl";
import { type CommandOptions, openCommand } from "../clients/command.ts";
import { type Endpoint, type Protocol, get, openSocket } from "../clients/endpoint.ts";
import { PortForward } from "../clients/forwarded-port.ts";
import { commandPath, logsPath } from "../clients/paths.ts";
import type { Trial } from "../node/trial.ts";
import type { Victims } from "./victims.ts";
import { type WayToGo, leave } from "./ways-to-go.ts";

/** A client that is killed half way: opens something, and leaves in the midst of it. */
export interface Killing {
  /** `exec over spdy, in its output`. */
  readonly name: string;
  readonly kill: (trial: Trial, victims: Victims, way: WayToGo) => Promise<void>;
  /** How often at most: those that are programs of their own take long. */
  readonly most?: number;
}

const kubectlKillings = 24;
const protocols: readonly Protocol[] = ["web-socket", "spdy"];
const soMany = 3;

export const killings: readonly Killing[] = [
  ...protocols.flatMap((protocol) => [
    command(`exec over ${protocol}, before the answer`, undefined, ({ idle }) => ({
      protocol,
      target: idle,
      command: ["sleep", "1000"],
      streams: ["stdin", "stdout"],
    })),
    command(
      `exec over ${protocol}, while nothing is said`,
      async () => {},
      ({ idle }) => ({
        protocol,
        target: idle,
        command: ["sleep", "1000"],
        streams: ["stdin", "stdout", "stderr"],
      }),
    ),
    command(
      `exec over ${protocol}, in its output`,
      ({ stdout }) => someOf(stdout),
      ({ idle }) => ({
        protocol,
        target: idle,
        command: ["cat", "/dev/zero"],
        streams: ["stdout", "stderr"],
      }),
    ),
    command(
      `exec over ${protocol}, in its input`,
      ({ stdin }) => someTo(stdin),
      ({ idle }) => ({
        protocol,
        target: idle,
        command: ["sh", "-c", "exec cat > /dev/null"],
        streams: ["stdin", "stdout"],
      }),
    ),
    command(
      `exec over ${protocol}, in input that nobody reads`,
      ({ stdin }) => someTo(stdin),
      ({ idle }) => ({
        protocol,
        target: idle,
        command: ["sleep", "1000"],
        streams: ["stdin", "stdout"],
      }),
    ),
    command(
      `exec over ${protocol}, on a terminal`,
      ({ stdout }) => someOf(stdout, 1),
      ({ idle }) => ({
        protocol,
        target: idle,
        command: ["sh", "-c", "echo here; exec sleep 1000"],
        streams: ["stdin", "stdout", "tty"],
      }),
    ),
    command(
      `attach over ${protocol}, in the output`,
      ({ stdout }) => someOf(stdout),
      ({ talker }) => ({
        protocol,
        target: talker,
        streams: ["stdin", "stdout", "stderr"],
      }),
    ),
    portForward(protocol, "in a download", async ({ data }) => void (await someOf(data))),
    portForward(protocol, "while nothing is said", async () => {}),
  ]),
  {
    name: "logs -f, in the midst",
    kill: async ({ node: endpoint }, { talker }, way) => {
      const answer = await get(endpoint, logsPath(endpoint, talker, "follow=true"));
      await someOf(answer);
      leave(answer.socket, way);
    },
  },
  kubectlKilling("exec -i", ({ idle }) => ["exec", "-i", idle.pod, "--", "cat", "/dev/zero"]),
  kubectlKilling("logs -f", ({ talker }) => ["logs", "-f", talker.pod]),
  kubectlKilling("attach", ({ talker }) => ["attach", talker.pod]),
];

/** A real one, through the API server, killed once it has shown something. */
function kubectlKilling(name: string, args: (victims: Victims) => readonly string[]): Killing {
  return {
    name: `kubectl ${name}, in its output`,
    most: kubectlKillings,
    kill: async ({ kubeconfig }, victims) => {
      const all = ["--kubeconfig", kubeconfig, ...args(victims)];
      const child = spawn(await kubectl(), all, { stdio: ["pipe", "pipe", "pipe"] });
      let complaint = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
      const ended = once(child, "close");
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.exitCode !== null) throw new Error(`kubectl ended with ${child.exitCode}: ${complaint}`);
      child.kill("SIGKILL");
      await ended;
    },
  };
}

interface Streams {
  readonly stdin?: Writable;
  readonly stdout?: Readable;
}

/** @param use what is done with the streams first; absent: it does not even wait for them. */
function command(
  name: string,
  use: ((streams: Streams) => Promise<void>) | undefined,
  options: (victims: Victims) => CommandOptions,
): Killing {
  let isKnown = false;
  return {
    name,
    kill: async ({ node: endpoint }, victims, way) => {
      const wanted = options(victims);
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

async function leaveAtOnce(endpoint: Endpoint, options: CommandOptions, way: WayToGo): Promise<void> {
  const socket = await openSocket(endpoint);
  const path = commandPath(endpoint, options.target, options);
  const upgrade =
    options.protocol === "spdy"
      ? ["Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io", "Content-Length: 0"]
      : [
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol: v5.channel.k8s.io",
        ];
  const method = options.protocol === "spdy" ? "POST" : "GET";
  socket.write([`${method} ${path} HTTP/1.1`, "Host: node", "Connection: Upgrade", ...upgrade, "", ""].join("\r\n"));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
  leave(socket, way);
  await gone(socket);
}

function portForward(
  protocol: Protocol,
  when: string,
  use: (port: { readonly data: Duplex }) => Promise<void>,
): Killing {
  return {
    name: `port-forward over ${protocol}, ${when}`,
    kill: async ({ node: endpoint }, { server }, way) => {
      const forward = await PortForward.open(endpoint, server, protocol);
      const ports = await Promise.all([forward.connect(server.port), forward.connect(server.port)]);
      await Promise.all(ports.map(use));
      leave(forward.socket, way);
      await gone(forward.socket);
    },
  };
}

async function someOf(stream: Readable | undefined, chunks: number = soMany): Promise<void> {
  if (!stream) return;
  stream.on("error", () => {});
  for (let index = 0; index < chunks; index++) {
    const ends = [once(stream, "data"), once(stream, "end"), once(stream, "close")];
    await Promise.race(ends);
  }
  stream.pause();
}

/** As much as goes without waiting, and a little more. */
async function someTo(stream: Writable | undefined): Promise<void> {
  if (!stream) return;
  stream.on("error", () => {});
  const chunk = Buffer.alloc(64 * 1024);
  for (let index = 0; index < soMany; index++) stream.write(chunk);
  await new Promise((resolve) => setImmediate(resolve));
}

async function gone(socket: Duplex): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}
