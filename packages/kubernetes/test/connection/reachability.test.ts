import { expect, test } from "vitest";
import { KubernetesError } from "../../src/index.ts";
import { Reachability } from "../../src/connection/reachability.ts";

const down = new KubernetesError("Unreachable", "connect ECONNREFUSED");
const { signal } = new AbortController();

test("who waits is woken by the first answer after an outage", async () => {
  const server = new Reachability();
  server.failed(down);
  const back = server.untilBack({ signal, timeoutMs: 10_000 });
  expect(await server.untilBack({ signal, timeoutMs: 1_100 })).toBe(false);
  server.answered();
  expect(await back).toBe(true);
});

test.each([
  ["one request that failed among others", (server: Reachability) => server.failed(down)],
  [
    "a refusal, which is an answer",
    (server: Reachability) => server.failed(new KubernetesError("Forbidden", "no", { code: 403 })),
  ],
])("%s is no outage", async (_, fail) => {
  const server = new Reachability();
  const back = server.untilBack({ signal, timeoutMs: 100 });
  fail(server);
  server.answered();
  expect(await back).toBe(false);
});

test("whoever is told to stop waits no longer", async () => {
  const ending = new AbortController();
  const waiting = new Reachability().untilBack({ signal: ending.signal, timeoutMs: Number.POSITIVE_INFINITY });
  ending.abort();
  expect(await waiting).toBe(false);
});
