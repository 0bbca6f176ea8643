import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { canStartNode } from "./can-start-node.ts";
import { get, logsPath, openCommand, startTrial } from "../src/index.ts";

test.runIf(canStartNode)(
  "a node is tried: a command with input, output, errors and a code, and a log",
  { timeout: 60_000 },
  async () => {
    await using trial = await startTrial();
    const target = await trial.runPod("web", { command: ["sh", "-c", "echo here; exec sleep 1000"] });
    const command = await openCommand(trial.node, {
      protocol: "web-socket",
      target,
      command: ["sh", "-c", "cat; echo loudly >&2; exit 7"],
      streams: ["stdin", "stdout", "stderr"],
    });
    command.stdin?.end("said\n");
    expect(await Promise.all([command.stdout, command.stderr].map((stream) => text(stream!)))).toEqual([
      "said\n",
      "loudly\n",
    ]);
    expect(JSON.parse(await command.status)).toMatchObject({ details: { causes: [{ message: "7" }] } });
    expect(await text(await get(trial.node, logsPath(trial.node, target)))).toBe("here\n");
  },
);
