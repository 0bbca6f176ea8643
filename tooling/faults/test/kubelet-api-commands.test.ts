import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import {
  type Endpoint,
  type PodContainer,
  type Protocol,
  type RemoteCommand,
  openCommand,
  reset,
  startTrial,
} from "@virtual-kubelet/stream-load";
import { expect } from "vitest";
import { isAlive, openFiles } from "../src/kubelet-api/process-watch.ts";
import { TerminalClient } from "../src/kubelet-api/terminal-client.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const protocols: readonly Protocol[] = ["spdy", "web-socket"];
const goneMs = 5_000;

/** A reset; the end of what it says, while it reads no more; or what came for it left unread, which makes a reset, too. */
const waysToGo: readonly ((socket: Duplex) => void)[] = [
  (socket) => reset(socket),
  (socket) => void socket.pause().end(),
  (socket) => void socket.pause().destroy(),
];

interface Talk extends RemoteCommand {
  readonly pid: number;
}

/** What a command does once it has said its number: talk without end, or keep silent, so that nothing shows that nobody listens. */
const programs = ["cat /dev/zero", "sleep 1000"];

async function startTalk(node: Endpoint, target: PodContainer, round: number): Promise<Talk> {
  const protocol = protocols[round % 2] ?? "spdy";
  const command = ["sh", "-c", `echo $$; exec ${programs[Math.floor(round / 2) % 2]}`];
  const opened = await openCommand(node, { protocol, target, command, streams: ["stdin", "stdout"] });
  return { ...opened, pid: Number.parseInt(await firstBytes(opened.stdout), 10) };
}

async function firstBytes(stream: Readable | undefined): Promise<string> {
  if (!stream) throw new Error("There is no output");
  await once(stream, "readable");
  return String(stream.read());
}

scenario(
  "52 clients of commands that vanish, and what else happens to a command",
  {
    expected: "Its process ends with the client and leaves nothing behind; input ends, sizes and exit codes arrive.",
    guard: {
      file: "packages/provider-process/src/processes.ts",
      from: '    signal.addEventListener("abort", () => connection.socket.destroy(), { once: true });',
      to: "",
    },
    timeoutMs: 180_000,
  },
  async ({ saw }) => {
    await using trial = await startTrial();
    const { node, process } = trial;
    const target = await trial.runPod("idle", { command: ["sleep", "300"] });
    for (let round = 0; round < 4; round++) (await startTalk(node, target, round)).socket.destroy();
    const before = await restingFiles(process.pid);
    const pids: number[] = [];
    for (let round = 0; round < 200; round++) {
      const talk = await startTalk(node, target, round);
      waysToGo[round % waysToGo.length]?.(talk.socket);
      pids.push(talk.pid);
    }
    const leftAt = performance.now();
    await until(() => !pids.some((pid) => isAlive(pid)), { what: "the processes to be gone", timeoutMs: goneMs });
    const goneAfterMs = performance.now() - leftAt;
    await until(() => openFiles(process.pid) <= before, {
      what: `no more than ${before} files to be open`,
      otherwise: async () => `${openFiles(process.pid)} are`,
    });
    for (const protocol of protocols) await endsItsInput(node, target, protocol);
    await bearsManySizes(node, target);
    saw(`200 rounds, gone ${Math.round(goneAfterMs)} ms after the last; ${before} files before and after`);
  },
);

/** How many files are open once nothing changes any more. */
async function restingFiles(pid: number): Promise<number> {
  let [last, since] = [openFiles(pid), performance.now()];
  return until(
    () => {
      const now = openFiles(pid);
      if (now !== last) [last, since] = [now, performance.now()];
      return performance.now() - since > 500 && now;
    },
    { what: "the node to rest" },
  );
}

async function endsItsInput(node: Endpoint, target: PodContainer, protocol: Protocol): Promise<void> {
  const command = ["sh", "-c", "wc -c; exit 42"];
  const opened = await openCommand(node, { protocol, target, command, streams: ["stdin", "stdout"] });
  opened.stdin?.end(Buffer.alloc(1_000_000));
  expect((await text(opened.stdout as Readable)).trim()).toBe("1000000");
  expect(exitCodeOf(await opened.status)).toBe("42");
}

/** The last of a thousand sizes is the one that counts. */
async function bearsManySizes(node: Endpoint, target: PodContainer): Promise<void> {
  const script = 'until [ "$(stty size)" = "50 1099" ]; do sleep 0.02; done; exit 7';
  const terminal = await TerminalClient.open(node, target, ["sh", "-c", script]);
  for (let columns = 100; columns < 1100; columns++) terminal.resize(columns, 50);
  expect(exitCodeOf(await terminal.status)).toBe("7");
}

function exitCodeOf(status: string): string | undefined {
  const { details } = JSON.parse(status) as { details?: { causes: readonly { message: string }[] } };
  return details?.causes[0]?.message;
}
