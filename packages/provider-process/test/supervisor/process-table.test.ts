import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { listProcesses, markerVariables } from "../../src/supervisor/processes/process-table.ts";

const marker = "fedcba9876543210fedcba9876543210";

test.skipIf(process.platform !== "linux")("knows a process by its marker while it replaces its program", async () => {
  const replacesItself = `exec sh -c "$AGAIN"`;
  const child = spawn("sh", ["-c", replacesItself], {
    env: { PATH: process.env["PATH"], AGAIN: replacesItself, [markerVariables.container]: marker },
    stdio: "ignore",
  });
  await once(child, "spawn");
  try {
    const looks = Array.from({ length: 100 }, () => listProcesses().find(({ pid }) => pid === child.pid)?.markers);
    expect(looks.filter((markers) => !markers?.includes(marker))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
