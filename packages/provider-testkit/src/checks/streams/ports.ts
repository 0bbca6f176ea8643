import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import { ByteReading, halvesOf, writeTo } from "../../scene/byte-reading.ts";
import type { Scene } from "../../scene/scene.ts";
import { until, within } from "../../scene/within.ts";

const needs = { area: "ports", methods: ["forwardPort"] } as const;

/** What `forwardPort` promises. */
export const portChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "both-ways",
    name: "a connection to a port of the pod carries bytes both ways",
    workloads: ["listen"],
    async run(scene) {
      const { reading, write } = await untilConnected(scene, await listening(scene));
      await write("to and fro\n");
      await untilText(scene, reading, "to and fro\n");
    },
  },
  {
    ...needs,
    word: "abort",
    name: "a connection is closed when its call aborts",
    workloads: ["listen"],
    async run(scene) {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, scene.signal]);
      const { reading } = await untilConnected(scene, await listening(scene), signal);
      stop.abort();
      await within(
        reading.ended.catch(() => undefined),
        scene.timings.soonMs,
        "The connection after its call's abort",
      );
    },
  },
  {
    ...needs,
    word: "nobody",
    name: "a port that nobody listens on is Unavailable",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const attempt = connected(scene, { pod, port: somePort() });
      await assert.rejects(attempt, (error) => isProviderError(error, "Unavailable"));
    },
  },
  {
    ...needs,
    word: "unknown",
    name: "a port of a pod that is not there is a ProviderError",
    workloads: ["listen"],
    async run(scene) {
      const { pod, port } = await listening(scene);
      const nobody = { ...pod, metadata: { ...pod.metadata, uid: randomUUID() } };
      await assert.rejects(connected(scene, { pod: nobody, port }), (error) => isProviderError(error));
    },
  },
];

interface Listener {
  readonly pod: Pod;
  readonly port: number;
}

/** Pods may share the network of a host: each gets a port of its own. */
function somePort(): number {
  return randomInt(20_000, 32_000);
}

async function listening(scene: Scene): Promise<Listener> {
  const port = somePort();
  const workload = { ...scene.workloads.listen({ port }), ports: [{ containerPort: port }] };
  return { pod: await scene.createRunning(workload), port };
}

/** A connection as soon as there is one: the pod may not listen yet when it runs. */
async function untilConnected(scene: Scene, listener: Listener, signal: AbortSignal = scene.signal) {
  const { startMs, lookMs } = scene.timings;
  for (const end = Date.now() + startMs; ; await scene.pause(lookMs)) {
    try {
      return await connected(scene, listener, signal);
    } catch (error) {
      if (!isProviderError(error, "Unavailable") || Date.now() > end) throw error;
    }
  }
}

async function connected(scene: Scene, { pod, port }: Listener, signal: AbortSignal = scene.signal) {
  const call = { signal, port };
  const connection = await scene.life.soon(() => scene.provider.forwardPort(pod.metadata, call), "forwardPort");
  const { readable, writable } = halvesOf(connection);
  return {
    reading: new ByteReading(readable),
    write: (text: string) => writeTo(writable, text, { end: false }),
  };
}

async function untilText(scene: Scene, reading: ByteReading, text: string): Promise<void> {
  const { startMs: limitMs, lookMs } = scene.timings;
  const is = (seen: string): seen is string => seen === text;
  await until(async () => reading.text, is, { limitMs, lookMs, what: JSON.stringify(text), signal: scene.signal });
}
