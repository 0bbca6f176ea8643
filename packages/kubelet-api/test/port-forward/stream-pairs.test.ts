import { assert, property, shuffledSubarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamPairs } from "../../src/port-forward/stream-pairs.ts";

const stream = (id: number, headers: object) => ({ id, headers: new Map<string, string>(Object.entries(headers)) });

describe("pairing", () => {
  it("finds the two streams of one request, whichever comes first, among those of others", () => {
    const pairs = new StreamPairs();
    const [error, data] = ["error", "data"].map((streamtype, index) =>
      stream(index * 2 + 1, { streamtype, port: "80", requestid: "7" }),
    );
    expect(pairs.add(data!)).toEqual({ type: "half", requestId: "7" });
    expect(pairs.add(stream(9, { streamtype: "error", port: "80", requestid: "8" })).type).toBe("half");
    expect(pairs.add(error!)).toEqual({ type: "pair", requestId: "7", pair: { port: 80, data, error } });
    expect(pairs.waiting).toBe(1);
  });

  it("takes the data stream right after the error stream when clients of old name no request", () => {
    const pairs = new StreamPairs();
    expect(pairs.add(stream(5, { streamtype: "error", port: "80" }))).toEqual({ type: "half", requestId: "5" });
    expect(pairs.add(stream(7, { streamtype: "data", port: "80" })).type).toBe("pair");
    expect(pairs.add(stream(11, { streamtype: "data", port: "80" })).type).toBe("half");
  });

  it("finds every pair once, in whatever order the streams come", () => {
    const requestIds = ["a", "b", "c", "d", "e", "f"];
    const streams = requestIds.flatMap((requestid) =>
      ["error", "data"].map((streamtype, index) => stream(index, { streamtype, port: "80", requestid })),
    );
    assert(
      property(shuffledSubarray(streams, { minLength: streams.length }), (shuffled) => {
        const pairs = new StreamPairs();
        const found = shuffled.map((each) => pairs.add(each)).filter(({ type }) => type === "pair");
        expect(new Set(found.map((pairing) => "requestId" in pairing && pairing.requestId))).toEqual(
          new Set(requestIds),
        );
        expect(found).toHaveLength(requestIds.length);
        expect(pairs.waiting).toBe(0);
      }),
    );
  });

  it("tells of a second stream of a kind in the request's own words", () => {
    const pairs = new StreamPairs();
    const first = stream(1, { streamtype: "error", port: "80", requestid: "7" });
    pairs.add(first);
    expect(pairs.add(stream(3, { streamtype: "error", port: "80", requestid: "7" }))).toEqual({
      type: "double",
      problem: "error processing stream for request 7: error stream already assigned",
      error: first,
    });
  });

  it("gives back what waits when it is given up", () => {
    const pairs = new StreamPairs();
    const data = stream(1, { streamtype: "data", port: "80", requestid: "7" });
    pairs.add(data);
    expect(pairs.remove("7")).toEqual({ data });
    expect(pairs.waiting).toBe(0);
    expect(pairs.remove("7")).toEqual({});
  });

  it.each([
    [{ streamtype: "data" }, '"port" header is required'],
    [{ streamtype: "data", port: "0" }, 'port "0" must be > 0'],
    [{ streamtype: "data", port: "65536" }, 'unable to parse "65536" as a port'],
    [{ streamtype: "data", port: "80x" }, 'unable to parse "80x" as a port'],
    [{ streamtype: "data", port: "-1" }, 'unable to parse "-1" as a port'],
    [{ port: "80" }, '"streamType" header is required'],
    [{ port: "80", streamtype: "stdin" }, 'invalid stream type "stdin"'],
  ])("refuses %j", (headers, problem) => {
    const pairing = new StreamPairs().add(stream(1, headers));
    expect(pairing).toEqual({ type: "refused", problem: expect.stringContaining(problem) as string });
  });
});
