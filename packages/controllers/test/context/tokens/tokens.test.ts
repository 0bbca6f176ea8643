import { ProviderError } from "@virtual-kubelet/provider";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type IssuedToken, type TokenRequest, Tokens } from "../../../src/context/tokens/tokens.ts";
import { podOf } from "../../pod-builder.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const pod = podOf();
const hourMs = 3_600_000;
const { signal } = new AbortController();

/** Issues `token 1`, `token 2` and so on, until it is told to fail. */
function issuing({ random = 0 } = {}) {
  const asked: TokenRequest[] = [];
  const state: { fails: boolean; grants?: number } = { fails: false };
  const issue = async (_pod: unknown, request: TokenRequest): Promise<IssuedToken> => {
    asked.push(request);
    if (state.fails) throw new ProviderError("Unavailable", "not now");
    const expirationSeconds = state.grants ?? request.expirationSeconds;
    return { token: `token ${asked.length}`, expiresAt: new Date(0), expirationSeconds };
  };
  const tokens = new Tokens({ issue, random: () => random });
  const get = async (expirationSeconds = 3_600, audience = "") =>
    (await tokens.get(pod, { signal, audience, expirationSeconds })).token;
  return { tokens, asked, state, get };
}

test("a token is asked for once, by however many at once, for each audience and life", async () => {
  const { asked, get } = issuing();
  expect(await Promise.all([get(), get(), get(600), get(600, "vault")])).toEqual([
    "token 1",
    "token 1",
    "token 2",
    "token 3",
  ]);
  expect(await get()).toBe("token 1");
  expect(asked).toHaveLength(3);
});

test.each([
  ["at 80 % of its life", 3_600, 0, 0.8 * hourMs],
  ["a little sooner than that, so that not all are at once", 3_600, 1, 0.8 * hourMs - 10_000],
  ["less sooner when its life is short", 100, 1, 80_000 - 5_000],
  ["after a day at the latest", 7 * 86_400, 0, 24 * hourMs],
])("a token is renewed %s", async (_what, seconds, random, dueMs) => {
  const { get } = issuing({ random });
  expect(await get(seconds)).toBe("token 1");
  vi.advanceTimersByTime(dueMs - 100);
  expect(await get(seconds)).toBe("token 1");
  vi.advanceTimersByTime(101);
  expect(await get(seconds)).toBe("token 2");
});

test("a token lives as long as the API server says", async () => {
  const { get, state } = issuing();
  state.grants = 600;
  expect(await get()).toBe("token 1");
  vi.advanceTimersByTime(481_000);
  expect(await get()).toBe("token 2");
});

test("a token that cannot be renewed is good until it expires, and is asked for now and then", async () => {
  const { tokens, asked, state, get } = issuing();
  expect(await get()).toBe("token 1");
  state.fails = true;
  vi.advanceTimersByTime(0.85 * hourMs);
  expect(await get()).toBe("token 1");
  expect(await get()).toBe("token 1");
  expect(asked).toHaveLength(2);
  expect((await tokens.get(pod, { signal, audience: "", expirationSeconds: 3_600 })).renewInMs).toBeGreaterThan(500);
  vi.advanceTimersByTime(1_001);
  expect(await get()).toBe("token 1");
  expect(asked).toHaveLength(3);
  state.fails = false;
  vi.advanceTimersByTime(2_001);
  expect(await get()).toBe("token 4");
});

test("a token that has expired is never given", async () => {
  const { state, get } = issuing();
  expect(await get()).toBe("token 1");
  state.fails = true;
  vi.advanceTimersByTime(hourMs + 1);
  await expect(get()).rejects.toMatchObject({ code: "Unavailable" });
  state.fails = false;
  expect(await get()).toBe("token 3");
});

test("a pod that is gone loses its tokens, and who waits for one is told", async () => {
  const { promise, reject } = Promise.withResolvers<IssuedToken>();
  const asking = vi.fn<(pod: unknown, request: unknown, call: { signal: AbortSignal }) => Promise<IssuedToken>>(
    (_pod, _request, call) => {
      call.signal.addEventListener("abort", () => reject(call.signal.reason));
      return promise;
    },
  );
  const tokens = new Tokens({ issue: asking });
  const waiting = tokens.get(pod, { signal });
  tokens.forget(pod.metadata.uid);
  await expect(waiting).rejects.toMatchObject({ code: "NotFound" });

  const { tokens: others, get } = issuing();
  expect(await get()).toBe("token 1");
  others.forget(pod.metadata.uid);
  expect(await get()).toBe("token 2");
});

test("who gives up waits no longer, and the others get their token", async () => {
  const answer = Promise.withResolvers<IssuedToken>();
  const tokens = new Tokens({ issue: () => answer.promise });
  const giveUp = new AbortController();
  const [gone, waiting] = [tokens.get(pod, { signal: giveUp.signal }), tokens.get(pod, { signal })];
  giveUp.abort(new Error("given up"));
  await expect(gone).rejects.toThrow("given up");
  answer.resolve({ token: "token", expiresAt: new Date(0), expirationSeconds: 600 });
  expect((await waiting).token).toBe("token");
});
