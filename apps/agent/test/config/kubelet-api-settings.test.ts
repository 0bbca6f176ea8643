import { silentLogger } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { kubeletApiSettings } from "../../src/config/kubelet-api-settings.ts";

const call = { logger: silentLogger, signal: new AbortController().signal };

test.each([
  ["90s", 90_000],
  // As kubelet's flag of that name: none, rather than none at all.
  ["0s", Number.POSITIVE_INFINITY],
])("a stream that may be idle for %s is ended after %d ms", async (streamingConnectionIdleTimeout, idleTimeoutMs) => {
  expect(await kubeletApiSettings({ streamingConnectionIdleTimeout }, call)).toMatchObject({ idleTimeoutMs });
});
