import { type Provider, silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type BackendReport, observePods } from "../../../src/pods/backend/observe-pods.ts";
import { ref } from "../../pod-builder.ts";

const provider: Provider = { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] };
const hangs = () => new Promise<never>(() => {});

async function firstReports(count: number, watchPods: Provider["watchPods"]): Promise<readonly BackendReport[]> {
  const ending = new AbortController();
  const times = { pollMs: 10, timeoutMs: 30, retry: { firstMs: 1, maxMs: 2 } };
  const reports: BackendReport[] = [];
  const options = { provider: { ...provider, watchPods }, logger: silentLogger, signal: ending.signal, ...times };
  for await (const report of observePods(options as never)) if (reports.push(report) === count) break;
  ending.abort();
  return reports;
}

describe("observePods", () => {
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

  test("leaves a complete watch alone, however quiet it is", async () => {
    const reports = await firstReports(2, async function* ({ signal }) {
      yield { type: "synced" };
      await new Promise((resolve) => setTimeout(resolve, 80));
      if (!signal.aborted) yield { type: "gone", pod: ref };
    });
    expect(reports.map(({ type }) => type)).toEqual(["complete", "gone"]);
  });
});
