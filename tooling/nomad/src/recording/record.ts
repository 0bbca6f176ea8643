import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startNomad } from "../start-nomad.ts";
import { type RecordedExchange, type RecordedServer, Recorder } from "./recorder.ts";
import { allocations } from "./topics/allocations.ts";
import { evaluations } from "./topics/evaluations.ts";
import { events } from "./topics/events.ts";
import { exec } from "./topics/exec.ts";
import { jobs } from "./topics/jobs.ts";
import { logs } from "./topics/logs.ts";
import { nodes } from "./topics/nodes.ts";
import { provider } from "./topics/provider.ts";
import { rights } from "./topics/rights.ts";
import { stats } from "./topics/stats.ts";
import { variables } from "./topics/variables.ts";

const topics = {
  allocations,
  evaluations,
  events,
  exec,
  jobs,
  logs,
  nodes,
  provider,
  rights,
  stats,
  variables,
} as const;
export type Topic = keyof typeof topics;
export const topicNames = Object.keys(topics) as readonly Topic[];

/** Asks a server that was started for it all of a topic, and gives what was asked and answered. */
export async function record(topic: Topic): Promise<readonly RecordedExchange[]> {
  await using nomad = await startNomad({ acl: topic === "rights" });
  return await recordOf(nomad, topic);
}

/** The same of a server that is there, which may be none. */
export async function recordOf(server: RecordedServer, topic: Topic): Promise<readonly RecordedExchange[]> {
  const recorder = new Recorder(server);
  await topics[topic](recorder);
  return recorder.exchanges;
}

/** What was recorded when somebody last looked at it. */
export function recorded(topic: Topic): readonly RecordedExchange[] {
  return JSON.parse(readFileSync(fileOf(topic), "utf8")) as readonly RecordedExchange[];
}

export function keepRecorded(topic: Topic, exchanges: readonly RecordedExchange[]): void {
  writeFileSync(fileOf(topic), `${JSON.stringify(exchanges, undefined, 2)}\n`);
}

function fileOf(topic: Topic): string {
  return fileURLToPath(new URL(`../../../../packages/provider-nomad/test/replies/${topic}.json`, import.meta.url));
}
