import { performance } from "node:perf_hooks";
import { type Endpoint, type Protocol, type TrialTarget, openCommand, openSocket } from "@virtual-kubelet/stream-load";
import { echoes } from "./line.ts";
import { carriers, protocols } from "./lines.ts";
import type { Delay } from "../report/result.ts";
import type { Scene, Way } from "../scene.ts";
import { median, quantile } from "./statistics.ts";

export interface DelayOptions {
  readonly execs: number;
  readonly echoes: number;
  readonly say: (line: string) => void;
}

interface Named {
  readonly what: string;
  readonly over: Protocol | "TLS";
  readonly way: Way["name"];
}

/** How long `exec true` takes, beside the provider alone, and a byte there and back, beside a plain TLS connection. */
export async function measureDelays(scene: Scene, options: DelayOptions): Promise<readonly Delay[]> {
  const delays: Delay[] = [];
  const plainEcho = async () => echoes(await scene.plain.open("echo"), options.echoes);
  for (const way of scene.ways) {
    const connecting: Named = { what: "a TLS connection", over: "TLS", way: way.name };
    const connect = () => connections(way.endpoint, options.execs);
    const plainConnect = () => connections(scene.plain.endpoint, options.execs);
    delays.push(await delayOf(connecting, { measure: connect, beside: plainConnect, options }));
    for (const over of protocols) {
      const named = { what: "exec true", over, way: way.name };
      delays.push(await execDelay(scene, { named, endpoint: way.endpoint, options }));
      for (const carrier of carriers) {
        const measure = async () =>
          echoes(await carrier.open(scene, way, { over, what: "echo", bytes: 0 }), options.echoes);
        const what = `${carrier.name}, a byte there and back`;
        delays.push(await delayOf({ ...named, what }, { measure, beside: plainEcho, options }));
      }
    }
  }
  return delays;
}

const turns = 10;

/** In turns with the provider alone, so that what else the machine does falls on both. */
function execDelay(
  { trial, idle: target }: Scene,
  {
    named,
    endpoint,
    options,
  }: {
    readonly named: Named & { readonly over: Protocol };
    readonly endpoint: Endpoint;
    readonly options: DelayOptions;
  },
): Promise<Delay> {
  const times = Math.ceil(options.execs / turns);
  const alone: number[] = [];
  const measure = async (): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      all.push(...(await execsOfTrue(endpoint, { over: named.over, target, times })));
      alone.push(...(await trial.process.ask({ order: "run", target, command: ["true"], times })).durationsMs);
    }
    return all;
  };
  return delayOf(named, { measure, beside: async () => alone, options });
}

async function connections(endpoint: Endpoint, times: number): Promise<readonly number[]> {
  const durationsMs: number[] = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    const socket = await openSocket(endpoint);
    durationsMs.push(performance.now() - startedAt);
    socket.destroy();
  }
  return durationsMs;
}

interface Measured {
  readonly measure: () => Promise<readonly number[]>;
  /** What it is compared with. */
  readonly beside: () => Promise<readonly number[]>;
  readonly options: DelayOptions;
}

async function delayOf(named: Named, { measure, beside, options: { say } }: Measured): Promise<Delay> {
  const title = `${named.what} over ${named.over}, ${named.way}`;
  try {
    const durations = await measure();
    const besideMs = median(await beside());
    const [medianMs, p95Ms] = [median(durations), quantile(durations, 0.95)];
    say(`${title}: ${medianMs.toFixed(2)} ms, beside ${besideMs.toFixed(2)} ms`);
    return { ...named, medianMs, p95Ms, besideMs };
  } catch (error) {
    const { message: refused } = error as Error;
    say(`${title}: ${refused}`);
    return { ...named, refused };
  }
}

interface Execs {
  readonly over: Protocol;
  readonly target: TrialTarget;
  readonly times: number;
}

/** Each on a connection of its own, as kubectl has it: from before the connection to the status. */
async function execsOfTrue(endpoint: Endpoint, { over, target, times }: Execs): Promise<readonly number[]> {
  const durationsMs: number[] = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    const command = await openCommand(endpoint, { protocol: over, target, command: ["true"], streams: ["stdout"] });
    command.stdout?.resume();
    const status = await command.status;
    durationsMs.push(performance.now() - startedAt);
    command.socket.destroy();
    if (!status.includes("Success")) throw new Error(`The command ended with ${status}`);
  }
  return durationsMs;
}
