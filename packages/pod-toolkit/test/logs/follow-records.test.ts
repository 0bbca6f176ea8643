import { type LogCall, ProviderError } from "@virtual-kubelet/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FollowCall,
  type RecordsPage,
  type RecordsQuestion,
  followRecords,
} from "../../src/logs/follow-records.ts";
import { type LogBatch, type LogRecord, logTime } from "../../src/logs/log-record.ts";
import { logWindow } from "../../src/logs/log-window.ts";

const at = (second: number): string => logTime(new Date(Date.UTC(2026, 0, 2) + second * 1000)) ?? "";
const line = (second: number, text: string, more: Partial<LogRecord> = {}): LogRecord => ({
  time: at(second),
  stream: "stdout",
  endsLine: true,
  text: Buffer.from(text),
  ...more,
});
const quick = { fastMs: 0, slowMs: 0 };
const follow: FollowCall = { signal: new AbortController().signal, follow: true };

/** Answers with one page after the other, and remembers the questions. */
function pages(...answers: readonly (RecordsPage | Error)[]) {
  const questions: Omit<RecordsQuestion, "signal">[] = [];
  const left = [...answers];
  const read = ({ signal: _signal, ...question }: RecordsQuestion): Promise<RecordsPage> => {
    questions.push(question);
    const answer = left.shift();
    if (!answer) throw new Error("Nothing more should be read");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { read, questions };
}

async function given(batches: AsyncIterable<LogBatch>): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const batch of batches) {
    if (batch === "synced") texts.push("synced");
    else texts.push(...batch.map(({ text }) => Buffer.from(text).toString()));
  }
  return texts;
}

describe("followRecords", () => {
  test("gives what is new at each read, until there will be no more", async () => {
    const { read, questions } = pages(
      { records: [line(1, "a")], isEnded: false },
      { records: [line(1, "a")], isEnded: false },
      { records: [line(1, "a"), line(1, "a"), line(2, "b")], isEnded: false },
      { records: [line(2, "b"), line(3, "c")], isEnded: true },
    );
    expect(await given(followRecords(read, follow, quick))).toEqual(["a", "synced", "a", "b", "c"]);
    expect(questions.map(({ since }) => since)).toEqual([undefined, at(1), at(1), at(2)]);
  });

  test("reads once when it is not to follow, and takes a line as far as it has come", async () => {
    const { read } = pages({ records: [line(1, "a"), line(2, "b", { endsLine: false })], isEnded: false });
    expect(await given(followRecords(read, { ...follow, follow: false }))).toEqual(["a", "b", "synced"]);
  });

  test("lets a line grow until it is whole", async () => {
    const open = { endsLine: false };
    const { read } = pages(
      { records: [line(1, "a"), line(2, "b", open)], isEnded: false },
      { records: [line(1, "a"), line(2, "bc", open)], isEnded: false },
      { records: [line(2, "bcd"), line(3, "e", open)], isEnded: true },
    );
    expect(await given(followRecords(read, follow, quick))).toEqual(["a", "synced", "bcd", "e"]);
  });

  test("knows again what has one time, though the first of it are gone", async () => {
    const error = line(1, "d", { stream: "stderr" });
    const { read } = pages(
      { records: [line(1, "a"), line(1, "b"), line(1, "c")], isEnded: false },
      { records: [line(1, "b"), line(1, "c"), line(1, "d")], isEnded: false },
      { records: [error, line(2, "e")], isEnded: true },
    );
    expect(await given(followRecords(read, follow, quick))).toEqual(["a", "b", "c", "synced", "d", "d", "e"]);
  });

  test.each([
    ["nothing", [], 0],
    ["nothing", [], 2],
    ["a line", [line(1, "old")], 0],
    ["a line that is not finished", [line(1, "", { endsLine: false })], 1],
    ["lines of one time", [line(1, "old"), line(1, "older"), line(1, "oldest")], 2],
    ["a line, and one that is not finished", [line(1, "old"), line(1, "older"), line(1, "", { endsLine: false })], 0],
  ])("gives all that is written after the last lines, where there was %s and %j", async (_, before, tailLines) => {
    let log: readonly LogRecord[] = before;
    let isEnded = false;
    const read = ({ lines }: RecordsQuestion): RecordsPage => {
      const records = log.slice(Math.max(0, log.length - lines));
      return { records, isCut: records.length < log.length, isEnded };
    };
    const texts: string[] = [];
    for await (const batch of followRecords(read, { ...follow, tailLines }, quick)) {
      if (batch === "synced") {
        const whole = before.filter(({ endsLine }) => endsLine);
        log = [...whole, line(2, "a"), line(3, "b"), line(4, "c"), line(5, "d")];
        isEnded = true;
      } else if (isEnded) texts.push(...batch.map(({ text }) => Buffer.from(text).toString()));
    }
    expect(texts).toEqual(["a", "b", "c", "d"]);
  });

  test("asks for what the call asks for", async () => {
    const since = new Date(Date.UTC(2026, 0, 2, 0, 0, 5));
    const ask = async (call: Partial<LogCall>) => {
      const { read, questions } = pages({ records: [], isEnded: true });
      await given(followRecords(read, { ...follow, ...call }));
      return questions[0];
    };
    expect(await ask({ tailLines: 7, since })).toEqual({ since: at(5), lines: 7 });
    expect(await ask({ tailLines: 7, stream: "stderr" })).toEqual({ lines: Number.POSITIVE_INFINITY });
    expect(await ask({})).toEqual({ lines: Number.POSITIVE_INFINITY });
  });

  test("reads more when what was read does not reach back to what was given", async () => {
    const { read, questions } = pages(
      { records: [line(1, "a")], isEnded: false },
      { records: [line(3, "c")], isEnded: false, isCut: true },
      { records: [line(1, "a"), line(2, "b"), line(3, "c")], isEnded: true },
    );
    expect(await given(followRecords(read, follow, quick))).toEqual(["a", "synced", "b", "c"]);
    expect(questions.map(({ lines }) => lines)).toEqual([Number.POSITIVE_INFINITY, 1024, 8192]);
  });

  test("reads again after a failure that may pass", async () => {
    const { read } = pages(
      { records: [line(1, "a")], isEnded: false },
      new ProviderError("Throttled", "slow", { retryAfterMs: 1 }),
      new Error("odd"),
      { records: [line(1, "a"), line(2, "b")], isEnded: true },
    );
    expect(await given(followRecords(read, follow, quick))).toEqual(["a", "synced", "b"]);
  });

  test.each([
    [new ProviderError("Unavailable", "first")],
    [{ records: [], isEnded: false }, new ProviderError("NotFound", "gone")],
  ])("fails when the first read does, or when the log is gone", async (...answers) => {
    const { read } = pages(...answers);
    const outcome = await given(followRecords(read, follow, quick)).catch((error: unknown) => error);
    expect(outcome).toBe(answers.at(-1));
  });

  test("ends when the call is aborted, also under a read", async () => {
    const controller = new AbortController();
    const read = (): Promise<RecordsPage> => {
      queueMicrotask(() => controller.abort());
      return new Promise(() => {});
    };
    expect(await given(followRecords(read, { signal: controller.signal, follow: true }))).toEqual([]);
  });

  test("makes a followed window with the rest of the call", async () => {
    const { read } = pages(
      { records: [line(1, "a"), line(2, "b"), line(3, "c")], isEnded: false },
      { records: [line(3, "c"), line(4, "d")], isEnded: true },
    );
    const call: LogCall = { ...follow, previous: false, timestamps: false, tailLines: 2, limitBytes: 5 };
    const chunks = await Array.fromAsync(logWindow(followRecords(read, call, quick), call));
    expect(Buffer.concat(chunks).toString()).toBe("b\nc\nd");
  });
});

/** What happens to a log before a read, and how it is read. */
interface Step {
  readonly added: readonly { readonly later: number; readonly text: string; readonly stream: LogRecord["stream"] }[];
  /** How much of what is older than the last record that was given is rotated away. */
  readonly rotated: number;
  readonly by: "since" | "lines" | "all";
  /** What a backend gives of the last lines at most. */
  readonly limit: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  added: fc.array(
    fc.record({
      later: fc.constantFrom(0, 0, 0, 1),
      text: fc.constantFrom("", "a", "a", "b"),
      stream: fc.constantFrom("stdout" as const, "stderr" as const),
    }),
    { maxLength: 6 },
  ),
  rotated: fc.double({ min: 0, max: 1, noNaN: true }),
  by: fc.constantFrom("since" as const, "lines" as const, "all" as const),
  limit: fc.integer({ min: 1, max: 4 }),
});

/** A log that grows, rotates, and repeats itself, and what a reader should have been given of it by the simplest of means. */
class GrowingLog {
  readonly expected: string[] = [];
  #all: LogRecord[] = [];
  #begin = 0;
  #read = 0;

  apply({ added, rotated }: Step): void {
    const lastTime = this.#all[this.#read - 1]?.time ?? "";
    const older = this.#all.filter(({ time }) => time < lastTime).length;
    this.#begin = Math.max(this.#begin, Math.floor(rotated * older));
    for (const { later, text, stream } of added) {
      const second = (Date.parse(this.#all.at(-1)?.time ?? at(0)) - Date.parse(at(0))) / 1000;
      this.#all.push(line(second + later, text, { stream }));
    }
    this.expected.push(...this.#all.slice(this.#read).map(({ text }) => Buffer.from(text).toString()));
    this.#read = this.#all.length;
  }

  answer({ by, limit }: Step, { since = "", lines }: RecordsQuestion): Omit<RecordsPage, "isEnded"> {
    const there = this.#all.slice(this.#begin);
    if (by === "all") return { records: there };
    if (by === "since") return { records: there.filter(({ time }) => time >= since) };
    // It gives little at first, so that more has to be asked for.
    const most = lines === 1024 ? limit : lines;
    const records = there.slice(Math.max(0, there.length - most));
    return { records, isCut: records.length < there.length };
  }
}

describe("whatever a log does, and however it is read,", () => {
  test("all of it is given, once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const log = new GrowingLog();
        let index = -1;
        let lines = 0;
        const read = (question: RecordsQuestion): RecordsPage => {
          // A question for more of the last lines is about the same moment.
          const isSameMoment = question.lines > 1024 && lines >= 1024 && Number.isFinite(question.lines);
          lines = question.lines;
          if (!isSameMoment) log.apply(steps[++index] as Step);
          const now = steps[index] as Step;
          return { ...log.answer(now, question), isEnded: index === steps.length - 1 };
        };
        const texts = await given(followRecords(read, follow, quick));
        expect(texts.filter((text) => text !== "synced")).toEqual(log.expected);
      }),
      { numRuns: 100 },
    );
  });
});
