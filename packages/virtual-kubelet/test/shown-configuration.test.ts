import { expect, test } from "vitest";
import { goDuration, shownConfiguration } from "../src/shown-configuration.ts";

test("a node's configuration is shown in kubelet's words, with its defaults", () => {
  expect(shownConfiguration({ port: 0, idleTimeoutMs: 90_000 })).toMatchObject({
    address: "0.0.0.0",
    port: 0,
    serverTLSBootstrap: false,
    authentication: { anonymous: { enabled: false }, webhook: { cacheTTL: "2m0s" } },
    authorization: { mode: "Webhook", webhook: { cacheAuthorizedTTL: "5m0s", cacheUnauthorizedTTL: "30s" } },
    streamingConnectionIdleTimeout: "1m30s",
    enableSystemLogHandler: false,
  });
});

test("what resolves the cluster's names is shown where it is known", () => {
  const dns = { addresses: ["10.96.0.10"], domain: "cluster.local" };
  expect(shownConfiguration({}, dns)).toMatchObject({ clusterDNS: ["10.96.0.10"], clusterDomain: "cluster.local" });
  expect(shownConfiguration({})).not.toHaveProperty("clusterDNS");
});

test("no certificate, key or folder is in it", () => {
  const secret = "-----BEGIN PRIVATE KEY-----";
  const shown = shownConfiguration({
    certificate: { certificate: secret, key: secret },
    clientCertificateAuthority: secret,
    logDirectory: "/var/log/agent",
  });
  expect(JSON.stringify(shown)).not.toMatch(/BEGIN|\/var/);
  expect(shown).toMatchObject({ enableSystemLogHandler: true });
});

test.each([
  [0, "0s"],
  [1_500, "1.5s"],
  [30_000, "30s"],
  [4 * 3_600_000, "4h0m0s"],
  // What never comes is shown as kubelet is told so.
  [Number.POSITIVE_INFINITY, "0s"],
])("%i ms are %s in Go", (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});
