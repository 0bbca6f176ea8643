import { expect, test } from "vitest";
import { judgeLeaks } from "../../src/leaks/leak-judge.ts";
import { killings } from "../../src/leaks/killings.ts";

/** What the node does not have yet. A line goes when what it names has come. */
const notYet: readonly RegExp[] = [/^exec.* over spdy$/, /^(kubectl )?attach/, /^port-forward/];

test(
  "of clients that are killed half way nothing is left: no file, connection, process or handle",
  { timeout: 300_000 },
  async () => {
    const { faults, refused } = await judgeLeaks({ times: 12 });
    expect(faults).toEqual([]);
    const missing = killings.map(({ name }) => name).filter((name) => notYet.some((pattern) => pattern.test(name)));
    expect(refused).toEqual(missing);
  },
);
