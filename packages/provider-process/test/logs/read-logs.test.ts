import { once } from "node:events";
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { LogCall } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { openLogs } from "../../src/logs/read-logs.ts";
import { OutputLog } from "../../src/supervisor/output/output-log.ts";

const all: LogCall = { follow: false, previous: false, timestamps: false, signal: new AbortController().signal };

/** The folder of one run. */
class RunFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "vk-run-"));

  constructor() {
    this.setOver(true);
    this.append("");
  }

  setOver(isOver: boolean): void {
    writeFileSync(join(this.path, "run.json"), JSON.stringify({ isOver }));
  }

  append(text: string, log = "log"): void {
    appendFileSync(join(this.path, log), text);
  }

  /** As the supervisor does. */
  setAside(): void {
    writeFileSync(join(this.path, "log.next"), "");
    renameSync(join(this.path, "log"), join(this.path, "log.1"));
    renameSync(join(this.path, "log.next"), join(this.path, "log"));
  }

  async logs(call: Partial<LogCall> = {}): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await openLogs(this.path, { ...all, ...call })) chunks.push(chunk);
    return Buffer.concat(chunks).toString("latin1");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function record(text: string, { stream = "stdout", tag = "F" } = {}): string {
  return `2026-01-01T00:00:00.000000000Z ${stream} ${tag} ${text}\n`;
}

describe("the output of a run", () => {
  test("a file that is there and cannot be opened is told, neither taken for none nor tried for ever", async () => {
    using run = new RunFolder();
    run.append(record("new"));
    // Opening a socket fails, as everything does once a process has all the files open that it may have.
    const server = createServer().listen(join(run.path, "log.1"));
    await once(server, "listening");
    await expect(run.logs()).rejects.toMatchObject({ code: "ENXIO" });
    rmSync(join(run.path, "log"));
    renameSync(join(run.path, "log.1"), join(run.path, "log"));
    await expect(run.logs()).rejects.toMatchObject({ code: "ENXIO" });
    server.close();
  });

  test("has every byte that a container wrote, in whatever pieces it came", async () => {
    const chunk = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      fc.constantFrom("\n", "a\n", "a\n\nb").map((text) => Buffer.from(text)),
    );
    const written = fc.record({ stream: fc.constantFrom("stdout" as const, "stderr" as const), chunk });
    await fc.assert(
      fc.asyncProperty(
        fc.array(written, { minLength: 1, maxLength: 20 }),
        fc.nat(20),
        async (pieces, setAsideAfter) => {
          using run = new RunFolder();
          let log = new OutputLog(run.path);
          for (const [index, { stream, chunk: bytes }] of pieces.entries()) {
            log.append(stream, Buffer.from(bytes));
            if (index !== setAsideAfter) continue;
            log.close();
            run.setAside();
            log = new OutputLog(run.path);
          }
          log.close();
          const of = (wanted: string) =>
            pieces.filter(({ stream }) => wanted.includes(stream)).map((piece) => piece.chunk);
          const textOf = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString("latin1");
          expect(await run.logs()).toBe(textOf(of("stdout stderr")));
          expect(await run.logs({ stream: "stdout" })).toBe(textOf(of("stdout")));
          expect(await run.logs({ stream: "stderr" })).toBe(textOf(of("stderr")));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("has its last lines in two files", async () => {
    using run = new RunFolder();
    run.append(record("a") + record("b") + record("c", { tag: "P" }));
    run.setAside();
    run.append(record("c") + record("d", { stream: "stderr" }) + record("e"));
    expect(await run.logs({ tailLines: 1 })).toBe("e\n");
    expect(await run.logs({ tailLines: 3 })).toBe("cc\nd\ne\n");
    expect(await run.logs({ tailLines: 4 })).toBe("b\ncc\nd\ne\n");
    expect(await run.logs({ tailLines: 5 })).toBe("a\nb\ncc\nd\ne\n");
    expect(await run.logs({ tailLines: 6 })).toBe("a\nb\ncc\nd\ne\n");
    expect(await run.logs({ tailLines: 2, stream: "stdout" })).toBe("cc\ne\n");
  });

  test("is what was there when it was asked for: no line more than the last ones", async () => {
    using run = new RunFolder();
    run.setOver(false);
    run.append(record("a") + record("b"));
    const output = await openLogs(run.path, { ...all, tailLines: 1 });
    run.append(record("c"));
    const chunks = await Array.fromAsync(output);
    expect(Buffer.concat(chunks).toString()).toBe("b\n");
  });

  test("is followed through files that are set aside, from its last line on, to the end of the run", async () => {
    using run = new RunFolder();
    run.setOver(false);
    run.append(record("old") + record("a", { tag: "P" }));
    const output = await openLogs(run.path, { ...all, follow: true, tailLines: 1 });
    const next = async () => String((await output.next()).value);
    expect(await next()).toBe("a");
    run.append(record("b"));
    expect(await next()).toBe("b\n");
    run.append(record("last of its file"));
    run.setAside();
    run.append(record("c").slice(0, 20));
    expect(await next()).toBe("last of its file\n");
    run.append(record("c").slice(20));
    expect(await next()).toBe("c\n");
    run.append(record("end"));
    run.setOver(true);
    expect(await next()).toBe("end\n");
    expect((await output.next()).done).toBe(true);
  });

  test("holds nobody for long whose last lines are at the end of ten gigabytes, and reads only those", async () => {
    using run = new RunFolder();
    truncateSync(join(run.path, "log"), 10e9);
    const lines = Array.from({ length: 10 }, (_, index) => record(`line ${index}`));
    run.append(`\n${lines.join("")}`);
    const before = process.memoryUsage().arrayBuffers;
    expect((await run.logs({ tailLines: 9 })).split("\n")).toHaveLength(10);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  test("may be one line of 16 MiB and any bytes", async () => {
    using run = new RunFolder();
    const log = new OutputLog(run.path);
    const line = Buffer.alloc(16 * 1024 * 1024, Buffer.from([0, 255, 13, 27, 128]));
    for (let at = 0; at < line.length; at += 65_536) log.append("stdout", line.subarray(at, at + 65_536));
    log.close();
    // It went over into a second file.
    expect(await run.logs({ tailLines: 1 })).toBe(line.toString("latin1"));
    expect((await run.logs({ tailLines: 1, limitBytes: 5 })).length).toBe(5);
  });

  test("stops being read for nobody, also where nothing of it is wanted", async () => {
    using run = new RunFolder();
    run.append(record("x").repeat(20_000));
    const stop = new AbortController();
    const output = await openLogs(run.path, { ...all, signal: stop.signal, since: new Date("2030-01-01T00:00:00Z") });
    stop.abort();
    expect((await output.next()).done).toBe(true);
  });
});
