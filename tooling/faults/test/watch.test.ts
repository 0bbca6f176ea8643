import { expect } from "vitest";
import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import { type ApiRequest, isPodList, isPodWatch } from "../src/api/api-request.ts";
import type { Answer } from "../src/api/verdict.ts";
import { watchedPod } from "../src/watched-pod.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const objectWatch = "packages/kubernetes/src/watch/object-watch.ts";

const gone = {
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code: 410,
  reason: "Expired",
  message: "too old resource version",
} as const;

scenario(
  "03 etcd forgets the past while the watch is away",
  {
    expected: "The pods are listed anew: what came is started, what was there is neither started again nor stopped.",
    guard: { file: objectWatch, from: "return error.code === 410 || ", to: "return " },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    proxy.judge = () => "cut";
    proxy.cutWatches();
    await it.createPod("young");
    await it.deletePod("steady", { gracePeriodSeconds: 0 });
    it.cluster.compact();
    const sinceMs = performance.now();
    proxy.judge = () => undefined;
    await it.untilPhase("young", "Running", 20_000);
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(2);
    saw(`${proxy.count(isPodList, sinceMs)} list, then both true`);
  },
);

scenario(
  "04 the API server cannot go on from where the watch was, in each way in which it says so",
  {
    expected: "A 410 as an answer, a 410 within the watch, and a version from the future each lead to one new list.",
    guard: {
      file: objectWatch,
      from: 'causes.some((cause) => cause.reason === "ResourceVersionTooLarge")',
      to: "false",
    },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    const details = { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }] };
    const ways: Readonly<Record<string, Answer>> = {
      answer: { code: 410, body: gone },
      event: { code: 200, lines: [JSON.stringify({ type: "ERROR", object: gone })] },
      future: { code: 504, body: { ...gone, code: 504, reason: "Timeout", details } },
    };
    for (const [name, answer] of Object.entries(ways)) {
      let hasListed = false;
      proxy.judge = (request) => {
        if (isPodList(request)) hasListed = true;
        return isPodWatch(request) && !hasListed ? answer : undefined;
      };
      proxy.cutWatches();
      await it.createPod(name);
      await it.untilPhase(name, "Running", 20_000);
    }
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(4);
    const lists = proxy.count(isPodList);
    expect(lists).toBe(4);
    saw(`${lists} lists: the first, and one for each`);
  },
);

scenario(
  "05 the network loses the other side of a watch without a word",
  {
    expected: "Within a minute the watch is opened anew, and a deletion that it missed is made up for.",
    isSlow: true,
    timeoutMs: 110_000,
    guard: {
      file: "packages/kubernetes/src/client/transport.ts",
      from: '        if (call.silence !== undefined) deadline.restart(call.silence.limitMs, "nothing heard for");\n',
      to: "",
    },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    proxy.silenceWatches();
    const sinceMs = performance.now();
    await it.deletePod("steady", { gracePeriodSeconds: 0 });
    await it.untilTrue(75_000);
    saw(`the backend was stopped after ${((performance.now() - sinceMs) / 1_000).toFixed(0)} s`);
  },
);

scenario(
  "06 watches are ended again and again",
  {
    expected: "They go on from the version that was seen: nothing is listed, nothing is missed, and nobody spins.",
    guard: { file: objectWatch, from: "    this.#mustList = false;\n", to: "" },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    const sinceMs = performance.now();
    for (let round = 0; round < 10; round++) {
      proxy.endWatches();
      await it.createPod(`pod-${round}`);
      await it.untilPhase(`pod-${round}`, "Running");
    }
    const watches = proxy.count(isPodWatch, sinceMs);
    expect(proxy.count(isPodList, sinceMs)).toBe(0);
    expect(watches).toBeLessThan(30);
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(11);
    saw(`ended 10 times: ${watches} watches, no list`);
  },
);

/** What a line becomes on its way, by turns; each line comes whole in the end. */
function garbling(proxy: ApiProxy): ApiProxy["rewrite"] {
  const garbled = new Set<string>();
  let turn = 0;
  return (line) => {
    if (line.includes('"name":"huge"')) return [padded(line), "\n"];
    if (garbled.has(line)) return [`${line}\n`];
    garbled.add(line);
    const bytes = Buffer.from(`${line}\n`);
    turn++;
    if (turn % 3 === 0) return ["<html>502 Bad Gateway</html>\n"];
    if (turn % 3 === 1) return [bytes.subarray(0, 40), bytes.subarray(40)];
    setImmediate(() => proxy.cutWatches());
    return [bytes.subarray(0, bytes.length / 2)];
  };
}

/** As an event of ten megabytes, which comes in many pieces. */
function padded(line: string): string {
  const event = JSON.parse(line) as { object: { metadata: { annotations?: Record<string, string> } } };
  const { annotations } = event.object.metadata;
  event.object.metadata.annotations = { ...annotations, padding: "ü".repeat(5 * 1024 * 1024) };
  return JSON.stringify(event);
}

scenario(
  "07 what a watch says arrives in pieces, cut off, mixed with something else, or ten megabytes long",
  {
    expected: "The agent reads on from the last whole event: nothing is lost and nothing is done twice.",
    guard: {
      file: "packages/kubernetes/src/watch/split-lines.ts",
      from: "      const line = joined(parts, chunk.subarray(start, end));",
      to: "      const line = chunk.subarray(start, end);",
    },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    proxy.rewrite = garbling(proxy);
    for (const name of ["a", "b", "huge", "c"]) await it.createPod(name);
    for (const name of ["a", "b", "huge", "c"]) await it.untilPhase(name, "Running", 20_000);
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(5);
    saw(`all run after ${proxy.count(isPodWatch)} watches`);
  },
);

scenario(
  "08 the past is told again and again",
  {
    expected: "A pod that is gone stays gone: it is neither started again nor written of, and no status goes back.",
    guard: { file: objectWatch, from: "    if (outdated) return [];\n", to: "" },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    const told: string[] = [];
    proxy.rewrite = (line) => {
      if (!line.includes('"kind":"Pod"')) return [`${line}\n`];
      const before = [...told];
      if (line.startsWith('{"type":"ADDED"')) told.push(`${line}\n`);
      return [`${line}\n`, ...before];
    };
    for (const name of ["a", "b"]) await it.createPod(name);
    for (const name of ["a", "b"]) await it.untilPhase(name, "Running");
    await it.deletePod("a");
    await it.untilGone("a");
    await it.deletePod("b", { gracePeriodSeconds: 0 });
    await it.untilTrue();
    const goneAtMs = performance.now();
    await it.createPod("c");
    await it.untilPhase("c", "Running");
    await until(() => performance.now() - goneAtMs > 2_000, { what: "what is told of a and b to be acted on" });
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(4);
    const isOfTheGone = ({ method, path }: ApiRequest) => method !== "GET" && /\/pods\/[ab]\b/.test(path);
    expect(proxy.count(isOfTheGone, goneAtMs)).toBe(0);
    saw(`${told.length} beginnings, told again with every event after; 4 creations`);
  },
);

/** Answers as an API server does that has heard nothing since: its list is of then, and nothing ever happens. */
function staleAnswers(pods: readonly Pod[], resourceVersion: string): Answer {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const bookmark = {
    type: "BOOKMARK",
    object: { kind: "Pod", apiVersion: "v1", metadata: { resourceVersion, annotations } },
  };
  const added = pods.map((pod) => ({ type: "ADDED", object: { apiVersion: "v1", kind: "Pod", ...pod } }));
  return { code: 200, lines: [...added, bookmark].map((event) => JSON.stringify(event)) };
}

scenario(
  "09 of two API servers one has fallen behind, and the agent comes to that one",
  {
    expected: "Its list is not believed: what it still has is not started again, what it lacks is not stopped.",
    guard: {
      file: objectWatch,
      from: "if (isOlder(list.resourceVersion, this.#position) && this.#staleLists++ < maxStaleLists) {",
      to: "if (this.#staleLists > maxStaleLists) {",
    },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("steady");
    const { it, proxy } = watched;
    const then = await it.client.list(resources.pods, { namespace: "default" });
    await it.deletePod("steady");
    await it.untilGone("steady");
    await it.createPod("young");
    await it.untilPhase("young", "Running");
    let hasExpired = false;
    proxy.judge = (request) => {
      if (isPodList(request)) return staleAnswers(then.items, then.metadata.resourceVersion ?? "");
      if (!isPodWatch(request)) return undefined;
      const answer: Answer = hasExpired ? { code: 200, lines: [] } : { code: 410, body: gone };
      hasExpired = true;
      return answer;
    };
    const sinceMs = performance.now();
    proxy.cutWatches();
    await until(() => proxy.count(isPodList, sinceMs) >= 2, { what: "the stale list to be asked for twice" });
    expect(await it.differences()).toEqual([]);
    proxy.judge = () => undefined;
    await it.createPod("late");
    await it.untilPhase("late", "Running");
    await it.untilTrue();
    expect(it.backend.count("created")).toBe(3);
    expect(it.backend.count("deleted", "young")).toBe(0);
    saw(`a stale list was refused ${proxy.count(isPodList, sinceMs) - 1} times`);
  },
);
