import { type Provider, silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type BackendReport, observePods } from "../../../src/pods/backend/observe-pods.ts";
import { ref } from "../../pod-builder.ts";

const provider: Provider = { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] };
const hangs = () => new Promise<never>(() => {});

async function firstReports(
  count: number,
  watchPods: Provider["watchPods"],
  getPods: Provider["getPods"] = () => [],
): Promise<readonly BackendReport[]> {
  const ending = new AbortController();
  const times = { pollMs: 10, timeoutMs: 30, retry: { firstMs: 1, maxMs: 2 } };
  const reports: BackendReport[] = [];
  const options = {
    provider: { ...provider, getPods, watchPods },
    logger: silentLogger,
    signal: ending.signal,
    ...times,
  };
  for await (const report of observePods(options as never)) if (reports.push(report) === count) break;
  ending.abort();
  return reports;
}

describe("observePods", () => {
  test("leaves a list that goes on for ever at its deadline, and concludes nothing from it", async () => {
    const ended = Promise.withResolvers<void>();
    const getPods = async function* () {
      try {
        for (const startedAtMs = performance.now(); performance.now() - startedAtMs < 2_000;) yield ref;
      } finally {
        ended.resolve();
      }
    };
    const reports = await firstReports(1, undefined, getPods);
    expect(reports).toMatchObject([{ type: "failed", error: { code: "DeadlineExceeded" } }]);
    await ended.promise;
  });

  test("opens a watch again that hangs before it is complete", async () => {
    let opened = 0;
    const reports = await firstReports(3, async function* () {
      opened++;
      if (opened === 1) await hangs();
      yield { type: "state", pod: ref };
      if (opened === 2) await hangs();
      yield { type: "synced" };
    });
    expect(reports.map(({ type }) => type)).toEqual(["failed", "state", "failed"]);
    expect(reports[0]).toMatchObject({ error: { code: "DeadlineExceeded" } });
  });

  test("takes an event of a kind that there is not for a failure, and not for an end", async () => {
    const reports = await firstReports(1, async function* () {
      yield { type: "modified", pod: ref } as never;
    });
    expect(reports).toMatchObject([
      { type: "failed", error: { message: expect.stringContaining("of type modified") } },
    ]);
  });

  test("leaves a complete watch alone, however quiet it is", async () => {
    const reports = await firstReports(2, async function* ({ signal }) {
      yield { type: "synced" };
      await new Promise((resolve) => setTimeout(resolve, 80));
      if (!signal.aborted) yield { type: "gone", pod: ref };
    });
    expect(reports.map(({ type }) => type)).toEqual(["complete", "gone"]);
  });
});
