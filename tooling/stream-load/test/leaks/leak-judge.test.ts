import { expect, test } from "vitest";
import { judgeLeaks } from "../../src/leaks/leak-judge.ts";
import { killings } from "../../src/leaks/killings.ts";

/** What the node does not have yet. A line goes when what it names has come. */
const notYet: readonly RegExp[] = [/^exec over spdy/, /^attach/, /^kubectl attach/, /^port-forward/];

test(
  "of clients that are killed half way nothing is left: no file, connection, process or handle",
  { timeout: 300_000 },
  async () => {
    const { faults, refused } = await judgeLeaks({ times: 24 });
    expect(faults).toEqual([]);
    expect(refused).toEqual(
      killings.map(({ name }) => name).filter((name) => notYet.some((pattern) => pattern.test(name))),
    );
  },
);
