import { performance } from "node:perf_hooks";
import { get, logsPath } from "@virtual-kubelet/stream-load";
import { rateIn, rateOut } from "./line.ts";
import { carriers, protocols } from "./lines.ts";
import type { Rate } from "../report/result.ts";
import type { Scene, Way } from "../scene.ts";
import { median } from "./statistics.ts";

export interface RateOptions {
  readonly bytes: number;
  /** How often each is measured, beside a plain connection each time. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

export async function measureRates(scene: Scene, options: RateOptions): Promise<readonly Rate[]> {
  const rates: Rate[] = [];
  const { bytes } = options;
  const plainOut = async () => rateOut(await scene.plain.open("out"), bytes);
  const plainIn = async () => rateIn(await scene.plain.open(`in ${bytes}`), bytes);
  for (const way of scene.ways) {
    for (const carrier of carriers) {
      for (const over of protocols) {
        const named = { over, way: way.name };
        const out = async () => rateOut(await carrier.open(scene, way, { over, what: "out", bytes }), bytes);
        const into = async () => rateIn(await carrier.open(scene, way, { over, what: "in", bytes }), bytes);
        rates.push(
          await compared({ ...named, what: `${carrier.name}, out` }, { measure: out, plain: plainOut, options }),
        );
        rates.push(
          await compared({ ...named, what: `${carrier.name}, in` }, { measure: into, plain: plainIn, options }),
        );
      }
    }
    const logs = () => rateOfLogs(scene, way, bytes);
    const named = { what: "logs", over: "HTTP", way: way.name };
    rates.push(await compared(named, { measure: logs, plain: plainOut, options }));
  }
  return rates;
}

interface Comparison {
  readonly measure: () => Promise<number>;
  readonly plain: () => Promise<number>;
  readonly options: RateOptions;
}

/** One after the other, so that what else the machine does falls on both. */
async function compared(
  named: Pick<Rate, "what" | "over" | "way">,
  { measure, plain, options: { rounds, say } }: Comparison,
): Promise<Rate> {
  const [own, others]: [number[], number[]] = [[], []];
  const title = `${named.what} over ${named.over}, ${named.way}`;
  try {
    for (let round = 0; round < rounds; round++) {
      others.push(await plain());
      own.push(await measure());
    }
  } catch (error) {
    const { message: refused } = error as Error;
    say(`${title}: ${refused}`);
    return { ...named, refused };
  }
  const [bytesPerSecond, plainBytesPerSecond] = [median(own), median(others)];
  say(`${title}: ${mega(bytesPerSecond)} MB/s, plain TLS ${mega(plainBytesPerSecond)} MB/s`);
  return { ...named, bytesPerSecond, plainBytesPerSecond };
}

function mega(bytesPerSecond: number): string {
  return (bytesPerSecond / 1e6).toFixed(0);
}

/** A log is of some mebibytes only: it is read again and again. */
async function rateOfLogs({ talker }: Scene, { endpoint }: Way, bytes: number): Promise<number> {
  const startedAt = performance.now();
  let read = 0;
  while (read < bytes) {
    for await (const chunk of await get(endpoint, logsPath(endpoint, talker))) read += (chunk as Buffer).length;
  }
  return read / ((performance.now() - startedAt) / 1000);
}
