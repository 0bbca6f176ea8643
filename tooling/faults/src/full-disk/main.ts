/*
 * A node on a disk that fills up, as a program for a mount namespace of its own:
 *
 *   node main.ts <folder outside of that disk>
 *
 * Prints what it saw as JSON. Its temporary directory, TMPDIR, is to be on the small disk.
 */
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { until } from "../until.ts";
import { ProcessNode, call, shell } from "./process-node.ts";

const [outside = ""] = process.argv.slice(2);
const beat = join(outside, "beat");
const go = join(outside, "go");

await using node = await ProcessNode.start();
const fill = join(node.directory, "fill");
// Lines of 200 characters: what there is left of a page of the disk is soon full.
const tick = `i=$((i+1)); printf "tick $i %0200d\\n" 0; echo $i > ${beat}; sleep 0.02`;
const ticking = shell(`i=0; while :; do ${tick}; done`);
const crashing = shell(`while [ ! -e ${go} ]; do sleep 0.02; done; rm ${go}; exit 7`, { restartPolicy: "Always" });
const late = shell("exec sleep 300");
const seen: Record<string, unknown> = {};

for (const pod of [ticking, crashing]) {
  await node.create(pod);
  await node.waitForPhase(pod.metadata, "Running");
}
await onFullDisk(node);
await withRoomAgain(node);
await withoutSupervisor(node);
process.stdout.write(`${JSON.stringify(seen)}\n`);

async function onFullDisk(it: ProcessNode): Promise<void> {
  fillDisk();
  try {
    await it.provider.createPod(late, { ...call, revision: "v1:a" });
  } catch (error) {
    seen["refusal"] = (error as Error).message;
  }
  await moreBeats();
  writeFileSync(go, "");
  const waiting = await it.waitFor(crashing.metadata, (status) => reasonOf(status) === "ProviderUnavailable", "a try");
  seen["waiting"] = waiting.containerStatuses?.[0];
  seen["torn"] = recordsOf().filter(({ text }) => !isJson(text));
}

async function withRoomAgain(it: ProcessNode): Promise<void> {
  rmSync(fill);
  const restarted = await it.waitFor(
    crashing.metadata,
    (status) => status.containerStatuses?.[0]?.ready === true,
    "it",
  );
  seen["restarted"] = restarted.containerStatuses?.[0];
  const record = join(node.directory, "pods", crashing.metadata.uid, "app", "0", "run.json");
  await until(() => readFileSync(record, "utf8").includes('"isOver":true'), { what: "the record to catch up" });
  seen["ended"] = (JSON.parse(readFileSync(record, "utf8")) as { end: unknown }).end;
  await it.create(late);
  await it.waitForPhase(late.metadata, "Running");
  const last = await moreBeats();
  await until(async () => (await it.logs(ticking.metadata)).includes(`tick ${last} `), { what: "what is written now" });
  const lines = (await it.logs(ticking.metadata)).trimEnd().split("\n");
  seen["lines"] = lines.length;
  seen["lost"] = last - lines.length;
  seen["spoiled"] = lines.filter((line) => !/^t?i?c?k? ?\d* ?0*$/.test(line));
}

async function withoutSupervisor(it: ProcessNode): Promise<void> {
  fillDisk();
  await it.killSupervisor();
  try {
    await it.provider.ping?.({ signal: AbortSignal.timeout(1500) });
  } catch (error) {
    seen["ping"] = (error as { code: string }).code;
  }
  await moreBeats();
  rmSync(fill);
  await it.provider.ping?.(call);
  const status = await it.waitForPhase(ticking.metadata, "Running");
  seen["adopted"] = status.containerStatuses?.[0];
  await moreBeats();
}

/** To the last byte. */
function fillDisk(): void {
  for (let bytes = 64 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) appendFileSync(fill, Buffer.alloc(bytes));
    } catch {
      // No room for as much.
    }
  }
}

/** Resolves to how far the container has come by then. */
async function moreBeats(): Promise<number> {
  const beats = () => Number(existsSync(beat) ? readFileSync(beat, "utf8") || 0 : 0);
  const first = beats();
  let last = first;
  // While it is written the file is empty for a moment.
  await until(() => (last = beats()) >= first + 25, { what: "the container to go on" });
  return last;
}

function reasonOf({ containerStatuses }: PodStatus): string | undefined {
  return containerStatuses?.[0]?.state?.waiting?.reason;
}

function recordsOf(): readonly { readonly name: string; readonly text: string }[] {
  const entries = readdirSync(node.directory, { recursive: true, encoding: "utf8" });
  const files = entries.filter((name) => /\.json(\.next)?$/.test(name));
  return files.map((name) => ({ name, text: readFileSync(join(node.directory, name), "utf8") }));
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
