import fc from "fast-check";
import { expect } from "vitest";
import { histories } from "../src/histories/steps.ts";
import { World } from "../src/histories/world.ts";
import { quickVariable, scenario } from "../src/scenario.ts";

const isQuick = process.env[quickVariable] !== undefined;
/** Histories wait most of the time. */
const atOnce = 4;
/** Begins no further history after it. */
const limitMs = isQuick ? 20_000 : 120_000;

scenario(
  "m random histories of creations, ends, losses, restarts and outages",
  {
    expected:
      "Once all is healed: never two lives per UID, nothing ended rerun, nothing leaked, the status the backend's.",
    guard: {
      file: "packages/controllers/src/queue/work-queue.ts",
      from: "    else this.#schedule(key, entry, delayMs);",
      to: "    else this.#entries.delete(key);",
    },
    timeoutMs: limitMs + 120_000,
  },
  async ({ saw }) => {
    let runs = 0;
    let steps = 0;
    const property = fc.asyncProperty(histories(30), async (history) => {
      await using world = await World.open();
      const model = { pods: new Set<string>(), isBackendBroken: false, isApiDown: false };
      await fc.asyncModelRun(() => ({ model, real: world }), history);
      expect(await world.heal()).toEqual([]);
      runs++;
      steps += [...history].length;
    });
    const endMs = performance.now() + limitMs;
    // As many as there is time for: a time limit of the library's leaves the last one half done. One that fails is told with
    // its steps; making it smaller would take as long as all the others.
    const lane = async () => {
      while (performance.now() < endMs) await fc.assert(property, { numRuns: 1, endOnFailure: true });
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    saw(`${runs} histories of ${steps} steps in all`);
  },
);
