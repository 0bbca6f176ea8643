import { expect, test } from "vitest";
import { lendingContext } from "../../src/index.ts";

const call = { signal: new AbortController().signal };
const pod = { namespace: "default", name: "web", uid: "u1" };

test("a context lends what it is given, and says what it was asked for beyond that", async () => {
  const context = lendingContext({ nodeName: "edge", token: async () => ({ token: "t", expiresAt: new Date(0) }) });
  expect(context).toMatchObject({ nodeName: "edge", clusterId: "cluster" });
  expect(await context.token(pod, call)).toMatchObject({ token: "t" });
  expect(await context.environment({ pod, container: "main" }, call)).toEqual([]);
  expect(() => context.volume(pod, { ...call, volume: "data" })).toThrow('"volume" is not lent here');
});
