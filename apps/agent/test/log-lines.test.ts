import { describe, expect, test } from "vitest";
import { readableLine } from "../src/log-lines.ts";

const time = "2026-01-02T03:04:05.006Z";
const plain = (record: object): string =>
  readableLine({ level: "info", time, msg: "pod started", ...record }, { colours: false }).replace(
    /^[\d:.]{12}/,
    "TIME",
  );

describe("a readable log line", () => {
  test.each<[object, string]>([
    [{}, "TIME INFO  pod started\n"],
    [{ level: "error", pod: "default/a", attempt: 2 }, "TIME ERROR pod started  pod=default/a attempt=2\n"],
    [{ reason: "two words", empty: "" }, 'TIME INFO  pod started  reason="two words" empty=""\n'],
    [{ list: [1, "b"], none: null }, 'TIME INFO  pod started  list=[1,"b"] none=null\n'],
    [
      { error: { type: "Error", message: "it broke", stack: "Error: it broke\n    at x" } },
      'TIME INFO  pod started  error="it broke"\n',
    ],
    [{ msg: undefined }, "TIME INFO  \n"],
  ])("of %j is %j", (record, line) => {
    expect(plain(record)).toBe(line);
  });

  test("has the time of day here, in milliseconds", () => {
    const date = new Date(time);
    const hours = String(date.getHours()).padStart(2, "0");
    expect(readableLine({ level: "info", time, msg: "a" }, { colours: false })).toMatch(
      new RegExp(`^${hours}:\\d\\d:05\\.006 `),
    );
  });

  test.each(["\n", "\r", "\u001b[2J", "\u0000", "\u009b31m", "\u202e", "\u2028"])(
    "shows %j as an escape, wherever it is",
    (nasty) => {
      const line = plain({ msg: `a${nasty}b`, [`k${nasty}`]: `v${nasty}`, deep: { x: `y${nasty}` } });
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(line.endsWith("\n")).toBe(true);
    },
  );

  test("shows stacks when asked, and always when the agent has a defect", () => {
    const error = { message: "it broke", stack: "Error: it broke\n    at x" };
    expect(readableLine({ level: "warn", time, msg: "a", error }, { colours: false, stacks: true })).toContain(
      "\n        at x\n",
    );
    expect(readableLine({ level: "fatal", time, msg: "a", error }, { colours: false })).toContain("\n        at x\n");
  });

  test("is coloured only when asked", () => {
    const record = { level: "warn", time, msg: "a", pod: "b" };
    expect(readableLine(record, { colours: false })).not.toContain("\u001b");
    expect(readableLine(record, { colours: true })).toContain("\u001b[33mWARN \u001b[39m");
  });
});
