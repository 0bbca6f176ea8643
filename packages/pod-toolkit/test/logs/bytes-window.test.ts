import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WindowCall, bytesWindow } from "../../src/index.ts";
import { piecesOf, textOf } from "./naive-window.ts";

const all: WindowCall = { follow: false, timestamps: false };

async function* chunks(...given: (Uint8Array | "synced")[]): AsyncGenerator<Uint8Array | "synced"> {
  yield* given;
}

function naive(backlog: string, live: string, { follow, tailLines, limitBytes }: WindowCall): string {
  const lines = backlog.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const kept = tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines));
  return (kept.join("") + (follow ? live : "")).slice(0, limitBytes);
}

describe("the window of bare output", () => {
  it("has the last lines and the first bytes, in whatever pieces it comes", async () => {
    const output = fc
      .array(fc.constantFrom("a", "bc", "\n", "\u00ff", "\r"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    const call = fc.record(
      { follow: fc.boolean(), timestamps: fc.constant(false), tailLines: fc.nat(8), limitBytes: fc.nat(20) },
      { requiredKeys: ["follow", "timestamps"] },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(output, output, call, sizes, async (...[backlog, live, asked, pieceSizes]) => {
        const cut = (text: string) => piecesOf(Buffer.from(text, "latin1"), pieceSizes);
        const source = chunks(...cut(backlog), "synced", ...cut(live));
        expect(await textOf(bytesWindow(source, asked))).toBe(naive(backlog, live, asked));
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[Partial<WindowCall>, string]>([
    [{ timestamps: true }, "times"],
    [{ since: new Date() }, "times"],
    [{ stream: "stderr" }, "a mark of where"],
  ])("refuses %j at once, because nothing is known of it", (call, reason) => {
    expect(() => bytesWindow(chunks(), { ...all, ...call })).toThrow(
      expect.objectContaining({ code: "Unsupported", message: expect.stringContaining(reason) }),
    );
  });
});
