import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test, vi } from "vitest";
import { PodCensus, census } from "../../src/pods/pod-census.ts";

function pod(phase: string | undefined, ...states: object[]): Pod {
  const containerStatuses = states.map((state, index) => ({ name: `c${index}`, state }));
  return { metadata: { uid: "u" }, spec: {}, status: { ...(phase ? { phase } : {}), containerStatuses } } as never;
}

describe("the census", () => {
  test("counts pods by phase and their containers by state", () => {
    const pods = [
      pod("Running", { running: {} }, { terminated: { exitCode: 0 } }),
      pod("Running", { running: {} }, { waiting: {} }),
      pod("Failed", { terminated: { exitCode: 1 } }),
      pod(undefined, {}),
    ];
    expect(census(pods)).toEqual({
      phases: { Running: 2, Failed: 1, Pending: 1 },
      containers: { running: 2, exited: 2, created: 2 },
    });
  });

  test("is taken once for many changes, and only when somebody listens", async () => {
    const seen: unknown[] = [];
    let counted = 0;
    const pods = () => [pod("Running")].slice(0, ++counted);
    const listen = (message: unknown) => void seen.push(message);
    {
      using unheard = new PodCensus({ nodeName: "n", pods });
      unheard.changed();
      subscribe("virtual-kubelet:pods", listen);
    }
    seen.length = 0;
    using heard = new PodCensus({ nodeName: "n", pods });
    for (let change = 0; change < 5; change++) heard.changed();
    await vi.waitFor(() => expect(seen).toEqual([{ node: "n", phases: { Running: 1 }, containers: {} }]), 5_000);
    heard[Symbol.dispose]();
    expect(seen.at(-1)).toEqual({ node: "n", phases: {}, containers: {} });
    unsubscribe("virtual-kubelet:pods", listen);
    expect(counted).toBe(1);
  });
});
