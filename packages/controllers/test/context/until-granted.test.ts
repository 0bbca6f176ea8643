import { KubernetesError } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { untilGranted } from "../../src/context/until-granted.ts";

const refusal = new KubernetesError("Forbidden", "no relationship found between node 'n' and this object", {
  code: 403,
});

/** Fails so often, and then gives the number of tries. */
function refusing(times: number, error: Error = refusal): () => Promise<number> {
  let tries = 0;
  return async () => {
    if (tries++ < times) throw error;
    return tries;
  };
}

test("what is refused for a moment is asked for again", async () => {
  expect(await untilGranted(refusing(3), { signal: AbortSignal.timeout(5_000) })).toBe(4);
});

test("what fails for another reason is not", async () => {
  const gone = new KubernetesError("NotFound", "gone", { code: 404 });
  await expect(untilGranted(refusing(1, gone), { signal: AbortSignal.timeout(5_000) })).rejects.toBe(gone);
});

test("who has given up is not kept waiting", async () => {
  const giveUp = new AbortController();
  const asking = untilGranted(refusing(99), { signal: giveUp.signal });
  giveUp.abort(new Error("given up"));
  await expect(asking).rejects.toThrow("given up");
});
