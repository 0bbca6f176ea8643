import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { get } from "../clients/endpoint.ts";
import { logsPath } from "../clients/paths.ts";
import type { Trial, TrialTarget } from "../node/trial.ts";

/** The pods that clients are killed at. */
export interface Victims {
  /** It sleeps. */
  readonly idle: TrialTarget;
  /** It writes without end, and has a stdin. */
  readonly talker: TrialTarget;
  /** It listens on a port, and gives without end to whoever connects. */
  readonly server: TrialTarget & { readonly port: number };
}

const giver = `
  const chunk = Buffer.alloc(65536);
  require("node:net").createServer((socket) => {
    const give = () => { while (socket.writable && socket.write(chunk)); };
    socket.on("drain", give).on("error", () => {}).resume();
    give();
  }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

export async function startVictims(trial: Trial): Promise<Victims> {
  const [idle, talker, server] = await Promise.all([
    trial.runPod("idle", { command: ["sleep", "1000000"] }),
    trial.runPod("talker", { command: ["sh", "-c", "while :; do date; sleep 0.05; done"], stdin: true }),
    trial.runPod("server", { command: [process.execPath, "-e", giver] }),
  ]);
  return { idle, talker, server: { ...server, port: await portOf(trial, server) } };
}

async function portOf({ node }: Trial, target: TrialTarget): Promise<number> {
  for (;;) {
    const said = await text(await get(node, logsPath(node, target)));
    if (/^\d+\n/.test(said)) return Number.parseInt(said, 10);
    await delay(50);
  }
}
