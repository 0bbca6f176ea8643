import { expect, test } from "vitest";
import { crashAgent } from "../src/agent-crashes/crash-agent.ts";

test(
  "an agent that is killed again and again loses, doubles and restarts no container, and tells every exit code",
  { timeout: 120_000 },
  async () => {
    const report = await crashAgent({ rounds: 8, pods: 5, withinMs: 1_500 });
    expect(report).toEqual({ faults: [], starts: 13, ended: 8 });
  },
);
