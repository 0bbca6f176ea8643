import { expect, test } from "vitest";
import { Progress } from "../../src/suite/progress.ts";

const printed = `Running in parallel across 6 processes
------------------------------
[SynchronizedBeforeSuite] PASSED [0.034 seconds]
[SynchronizedBeforeSuite]
SSSSSSSSSSSS
------------------------------
• [0.172 seconds]
[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance] [sig-node, Conformance]
k8s.io/kubernetes@v1.37.2/test/e2e/common/node/configmap.go:176
------------------------------
S [SKIPPED] [1.9 seconds]
[sig-node] Secrets should be dry [sig-node]
------------------------------
• [FAILED] [240.6 seconds]
[sig-node] Variable Expansion [It] should be fast [Slow] [sig-node, Slow]`;

test("what ginkgo prints tells which cases have ended, and how", () => {
  const progress = new Progress(3);
  expect(printed.split("\n").flatMap((line) => progress.heard(line) ?? [])).toEqual([
    "✓ 1 of 3, 0 s: [sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]",
    "- 2 of 3, 2 s: [sig-node] Secrets should be dry",
    "✗ 3 of 3, 241 s: [sig-node] Variable Expansion should be fast [Slow]",
  ]);
});
