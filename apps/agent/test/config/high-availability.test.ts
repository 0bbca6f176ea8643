import { describe, expect, test } from "vitest";
import { highAvailability } from "../../src/config/high-availability.ts";

describe("agents of one node", () => {
  test("elect nobody unless they are told to", () => {
    expect(highAvailability({})).toBeUndefined();
    expect(highAvailability({ leaderElect: false })).toBeUndefined();
  });

  test("elect by a lease of their own, or by the node's, in the times that are said", () => {
    expect(highAvailability({ leaderElect: true })).toEqual({ times: {} });
    const all = {
      leaderElect: true,
      leaderElectLease: "own",
      leaderElectResourceNamespace: "edge",
      leaderElectLeaseDuration: "1m",
      leaderElectRenewDeadline: "40s",
      leaderElectRetryPeriod: "500ms",
    } as const;
    const times = { durationMs: 60_000, deadlineMs: 40_000, renewMs: 500 };
    expect(highAvailability(all)).toEqual({ lease: "own", namespace: "edge", times });
  });

  test("are not told how without being told to", () => {
    expect(() => highAvailability({ leaderElectLease: "node" })).toThrow("--leader-elect-lease");
    expect(() => highAvailability({ leaderElect: false, leaderElectRetryPeriod: "1s" })).toThrow("give --leader-elect");
  });

  test("are told where the lease is only when it is their own", () => {
    const settings = { leaderElect: true, leaderElectLease: "node", leaderElectResourceNamespace: "edge" } as const;
    expect(() => highAvailability(settings)).toThrow("--leader-elect-resource-namespace");
  });
});
