import { expect, test } from "vitest";
import { ratesChart } from "../../src/streams/report/rates-chart.ts";
import type { StreamsResult } from "../../src/streams/report/result.ts";
import { missedGoals, streamsReport } from "../../src/streams/report/streams-report.ts";

const exec = { what: "exec, out", over: "spdy" };
const result: StreamsResult = {
  cluster: "Kubernetes 1.37",
  machine: "2 × a processor",
  nodeJs: "26.0.0",
  rates: [
    { ...exec, way: "direct", bytesPerSecond: 300e6, plainBytesPerSecond: 500e6 },
    { ...exec, what: "exec, in", way: "direct", bytesPerSecond: 220e6, plainBytesPerSecond: 500e6 },
    { ...exec, way: "through the API server", bytesPerSecond: 50e6, plainBytesPerSecond: 500e6 },
    { ...exec, what: "port-forward, out", way: "direct", refused: "501" },
  ],
  delays: [
    { what: "exec true", over: "spdy", way: "direct", medianMs: 12, p95Ms: 20, besideMs: 6 },
    { what: "exec, a byte there and back", over: "spdy", way: "direct", medianMs: 1, p95Ms: 2, besideMs: 0.1 },
  ],
  growths: [{ what: "exec", over: "spdy", agentBytes: 10 * 2 ** 20 }],
};

test("a report says of each number that has a goal whether that is reached", () => {
  const rows = streamsReport(result)
    .split("\n")
    .filter((line) => line.startsWith("| exec") || line.startsWith("| port"));
  expect(rows).toEqual([
    "| exec, out | spdy | direct | 300 | 500 | 0.60 | ✓ |",
    "| exec, in | spdy | direct | 220 | 500 | 0.44 | ✗ |",
    "| exec, out | spdy | through the API server | 50 | 500 | 0.10 |  |",
    "| port-forward, out | spdy | direct |  |  |  | 501 |",
    "| exec true | spdy | direct | 12.00 | 20.00 | 6.00 | 6.00 | ✗ |",
    "| exec, a byte there and back | spdy | direct | 1.00 | 2.00 | 0.10 | 0.90 |  |",
    "| exec | spdy | 10.0 | ✓ |",
  ]);
  expect(missedGoals(result)).toEqual(["exec, in over spdy", "exec true over spdy"]);
});

test("a chart has a bar for each rate that was measured", () => {
  expect(ratesChart(result.rates).match(/<rect /g)).toHaveLength(3);
});
