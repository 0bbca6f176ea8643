import { describe, expect, test } from "vitest";
import { conformance } from "../src/index.ts";
import { backendSabotage } from "./sabotage/backend-sabotage.ts";
import { lifeSabotage } from "./sabotage/life-sabotage.ts";
import { podSabotage } from "./sabotage/pod-sabotage.ts";
import { streamSabotage } from "./sabotage/stream-sabotage.ts";
import { type Sabotage, smallTarget } from "./small/small-target.ts";

/** For each check a provider that breaks its sentence and keeps all others. */
const sabotages: Readonly<Record<string, Sabotage>> = {
  ...podSabotage,
  ...lifeSabotage,
  ...streamSabotage,
  ...backendSabotage,
};

const ids = conformance(smallTarget()).map(({ id }) => id);

test("every check has its sabotage", () => {
  expect(Object.keys(sabotages).toSorted()).toEqual(ids.toSorted());
});

describe("a provider that is sabotaged fails", () => {
  test.concurrent.each(Object.entries(sabotages))("%s, and nothing else", async (id, sabotage) => {
    expect(await failuresOf(sabotage)).toEqual({ [id]: expect.any(Error) });
  });
});

/** What each check says that fails, each made on a backend of its own. */
async function failuresOf(sabotage: Sabotage): Promise<Readonly<Record<string, unknown>>> {
  const outcomes = await Promise.all(
    ids.map(async (id) => {
      const check = conformance(smallTarget(sabotage)).find((one) => one.id === id);
      try {
        await check?.run();
        return [];
      } catch (error) {
        return [[id, error]];
      }
    }),
  );
  return Object.fromEntries(outcomes.flat());
}
