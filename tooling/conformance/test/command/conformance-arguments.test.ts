import { describe, expect, test } from "vitest";
import { conformanceArguments } from "../../src/command/conformance-arguments.ts";

describe("the arguments of npm run conformance", () => {
  test("none means all cases, on the newest release", () => {
    const asked = conformanceArguments([]);
    expect(asked).toMatchObject({ quick: false, strict: false, record: false, patterns: [], processes: 6 });
    expect(asked.release).toMatch(/^1\.\d+\.\d+$/);
  });

  test("patterns choose, and a release may be another", () => {
    const asked = conformanceArguments(["--kubernetes", "1.36.3", "--processes", "2", "Secrets", "tmpfs\\)"]);
    expect(asked).toMatchObject({ release: "1.36.3", processes: 2, patterns: [/Secrets/, /tmpfs\)/] });
  });

  test.each([
    [["--fast"], "--fast"],
    [["--processes", "many"], "--processes takes a number"],
    [["("], '"(" is no regular expression'],
    [["--kubernetes", "2.0"], "--kubernetes: "],
    [["--quick", "Secrets"], "--quick has its own cases"],
  ])("%j is refused", (args, message) => {
    expect(() => conformanceArguments(args)).toThrow(message);
  });
});
