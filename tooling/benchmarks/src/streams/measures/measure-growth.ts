import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Line } from "./line.ts";
import { carriers, protocols } from "./lines.ts";
import type { Growth } from "../report/result.ts";
import type { Scene } from "../scene.ts";

const lookMs = 250;

/** How much the agent's memory grows while a reader has stopped and what it should read goes on to come. */
export async function measureGrowth(
  scene: Scene,
  { stoppedMs, say }: { readonly stoppedMs: number; readonly say: (line: string) => void },
): Promise<readonly Growth[]> {
  const growths: Growth[] = [];
  for (const carrier of carriers) {
    for (const over of protocols) {
      const [way] = scene.ways;
      if (!way) continue;
      const named = { what: carrier.name, over };
      try {
        const open = () => carrier.open(scene, way, { over, what: "out", bytes: 0 });
        // What every stream needs once is no growth.
        await beside(scene, await open(), 2 * lookMs);
        const agentBytes = await beside(scene, await open(), stoppedMs);
        say(`a stopped reader of ${carrier.name} over ${over}: ${(agentBytes / 2 ** 20).toFixed(1)} MiB more`);
        growths.push({ ...named, agentBytes });
      } catch (error) {
        growths.push({ ...named, refused: (error as Error).message });
      }
    }
  }
  return growths;
}

async function beside({ trial: { process } }: Scene, { output, socket }: Line, stoppedMs: number): Promise<number> {
  await once(output, "data");
  output.pause();
  socket.pause();
  const before = (await process.ask({ order: "holdings" })).rssBytes;
  let most = before;
  for (const end = performance.now() + stoppedMs; performance.now() < end; await delay(lookMs))
    most = Math.max(most, (await process.ask({ order: "holdings" })).rssBytes);
  socket.destroy();
  return most - before;
}
