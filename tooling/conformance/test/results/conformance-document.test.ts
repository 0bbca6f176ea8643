import { expect, test } from "vitest";
import { conformanceDocument } from "../../src/results/conformance-document.ts";

test("the page tells the release, counts the outcomes of each area, and lists its cases with why", () => {
  const page = conformanceDocument({
    release: "1.37.2",
    areas: {
      "[sig-node] Secrets": {
        "[sig-node] Secrets should be dry [Conformance]": { outcome: "passed" },
        "[sig-node] Secrets should be wet": { outcome: "failed", reason: "a | b" },
      },
      "[sig-storage] Subpath": {
        "[sig-storage] Subpath should be short": { outcome: "not applicable", reason: "there is no git" },
        "[sig-storage] Subpath should be long": { outcome: "skipped", reason: "Only for Windows" },
        "[sig-storage] Subpath Container restart should pass": { outcome: "failed", reason: "timed out" },
      },
    },
  });
  expect(page).toContain("`e2e.test` 1.37.2");
  expect(page).toContain(
    "| [sig-node] Secrets | 1 | 1 | 0 | 0 |\n| [sig-storage] Subpath | 0 | 1 | 1 | 1 |\n| **all** | 1 | 2 | 1 | 1 |",
  );
  expect(page).toContain("## [sig-node] Secrets\n\n| Case |  |\n| --- | --- |\n| should be dry [Conformance] | ✓ |\n");
  expect(page).toContain(String.raw`| should be wet | ✗: a \| b |`);
  expect(page).toContain(
    "| should be short | not applicable: there is no git |\n| should be long | skipped: Only for Windows |",
  );
  expect(page).toMatch(
    /^\| Container restart should pass \| ✗: the node does not run liveness probes yet.*: timed out \|$/m,
  );
});
