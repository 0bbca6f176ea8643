import { afterEach, expect, test, vi } from "vitest";
import { stderrLogger } from "../src/stderr-logger.ts";

afterEach(() => vi.restoreAllMocks());

test("without a logger of the program's own, warnings and errors go to stderr, and nothing else does", () => {
  let written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((written += String(text)), true));
  stderrLogger.debug("a detail");
  stderrLogger.info({ node: "edge-1" }, "node is ready");
  stderrLogger.child({ node: "edge-1" }).warn({ err: new Error("no route"), retryInMs: 200 }, "the cluster is away");
  stderrLogger.error("it broke");
  expect(written).toBe(
    'virtual-kubelet: warning: the cluster is away: no route {"retryInMs":200}\nvirtual-kubelet: error: it broke\n',
  );
});
