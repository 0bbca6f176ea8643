import { type Delay, type Growth, type Rate, type StreamsResult, goals } from "./result.ts";

const direct = "direct";

/** The result in Markdown: tables, and whether what is aimed at is reached. */
export function streamsReport(result: StreamsResult): string {
  const { cluster, machine, nodeJs, rates, delays, growths } = result;
  return `${[
    "# Streams of a node",
    `provider-process in ${cluster}; Node.js ${nodeJs}; ${machine}. Written by \`npm run benchmark -- streams --record\`.`,
    "![Throughput as a part of a plain TLS connection's](streams.svg)",
    "## Throughput",
    `Aimed at, without the API server in between: ${goals.ratio} of a plain TLS connection's in the same run, and ${goals.bytesPerSecond / 1e6} MB/s.`,
    table(["", "over", "way", "MB/s", "plain TLS, MB/s", "part", ""], rates.map(rateRow)),
    "## Round trips",
    `Aimed at: \`exec true\` at the median at most ${goals.execMs} ms beyond what the provider alone takes to run it. A byte there and back stands beside the same over plain TLS.`,
    table(["", "over", "way", "median, ms", "95 %, ms", "beside, ms", "beyond, ms", ""], delays.map(delayRow)),
    "## Memory beside a stopped reader",
    `Aimed at: at most ${goals.growthBytes / 2 ** 20} MiB.`,
    table(["", "over", "agent, MiB more", ""], growths.map(growthRow)),
  ].join("\n\n")}\n`;
}

/** Whether all that is aimed at and could be measured is reached; what is not, a line each. */
export function missedGoals({ rates, delays, growths }: StreamsResult): readonly string[] {
  return [
    ...rates
      .filter((rate) => signOf(rate.way, reachesRate(rate)) === "✗")
      .map(({ what, over }) => `${what} over ${over}`),
    ...delays
      .filter((each) => signOf(each.way, reachesDelay(each)) === "✗")
      .map(({ what, over }) => `${what} over ${over}`),
    ...growths.filter((each) => reachesGrowth(each) === false).map(({ what, over }) => `memory: ${what} over ${over}`),
  ];
}

function rateRow(rate: Rate): readonly string[] {
  const { what, over, way, bytesPerSecond, plainBytesPerSecond, refused } = rate;
  if (bytesPerSecond === undefined || plainBytesPerSecond === undefined)
    return [what, over, way, "", "", "", refused ?? ""];
  const part = (bytesPerSecond / plainBytesPerSecond).toFixed(2);
  const [own, plain] = [bytesPerSecond, plainBytesPerSecond].map((rateOf) => (rateOf / 1e6).toFixed(0)) as [
    string,
    string,
  ];
  return [what, over, way, own, plain, part, signOf(way, reachesRate(rate))];
}

function delayRow(delay: Delay): readonly string[] {
  const { what, over, way, medianMs, p95Ms, besideMs, refused } = delay;
  if (medianMs === undefined || p95Ms === undefined || besideMs === undefined)
    return [what, over, way, "", "", "", "", refused ?? ""];
  const numbers = [medianMs, p95Ms, besideMs, medianMs - besideMs].map((number) => number.toFixed(2));
  return [what, over, way, ...numbers, signOf(way, reachesDelay(delay))];
}

function growthRow(growth: Growth): readonly string[] {
  const { what, over, agentBytes, refused } = growth;
  if (agentBytes === undefined) return [what, over, "", refused ?? ""];
  return [what, over, (agentBytes / 2 ** 20).toFixed(1), signOf(direct, reachesGrowth(growth))];
}

/** What is not aimed at has no sign. */
function signOf(way: string, reaches: boolean | undefined): string {
  if (way !== direct || reaches === undefined) return "";
  return reaches ? "✓" : "✗";
}

function reachesRate({ bytesPerSecond, plainBytesPerSecond }: Rate): boolean | undefined {
  if (bytesPerSecond === undefined || plainBytesPerSecond === undefined) return undefined;
  return bytesPerSecond >= goals.bytesPerSecond && bytesPerSecond / plainBytesPerSecond >= goals.ratio;
}

function reachesDelay({ what, medianMs, besideMs }: Delay): boolean | undefined {
  if (what !== "exec true" || medianMs === undefined || besideMs === undefined) return undefined;
  return medianMs - besideMs <= goals.execMs;
}

function reachesGrowth({ agentBytes }: Growth): boolean | undefined {
  return agentBytes === undefined ? undefined : agentBytes <= goals.growthBytes;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
