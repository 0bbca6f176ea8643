import { expect, test } from "vitest";
import { judgeLeaks } from "../../src/leaks/leak-judge.ts";
import { canStartNode } from "../can-start-node.ts";

test.runIf(canStartNode)(
  "of clients that are killed half way nothing is left: no file, connection, process or handle",
  { timeout: 300_000 },
  async () => {
    const { faults, refused } = await judgeLeaks({ times: 12 });
    expect(faults).toEqual([]);
    expect(refused, "kinds that the node does not have").toEqual([]);
  },
);
