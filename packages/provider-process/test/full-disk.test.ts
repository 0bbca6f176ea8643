import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** Mounts a small disk that nobody else sees, makes it the temporary directory, and runs a program. */
const onSmallDisk = 'mount -t tmpfs -o size=512k,mode=700 tmpfs "$0" && TMPDIR="$0" exec "$@"';
const mayMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]).status === 0;

async function nodeOnSmallDisk(): Promise<Record<string, unknown>> {
  const [disk, outside] = ["vk-disk-", "vk-beat-"].map((name) => mkdtempSync(join(tmpdir(), name)));
  const program = fileURLToPath(new URL("full-disk-node.ts", import.meta.url));
  try {
    const args = ["-rm", "sh", "-c", onSmallDisk, `${disk}`, process.execPath, program, `${outside}`];
    const { stdout } = await promisify(execFile)("unshare", args, { timeout: 60_000 });
    return JSON.parse(stdout) as Record<string, unknown>;
  } finally {
    for (const folder of [disk, outside]) rmSync(`${folder}`, { recursive: true, force: true });
  }
}

// Without a namespace of mounts of one's own, which takes Linux and the right to make one, there is no disk to fill.
describe.skipIf(!mayMount)("a full disk", { timeout: 90_000 }, () => {
  test("[35] keeps new containers from starting and says so, lets the others go on, and leaves nothing torn", async () => {
    const seen = await nodeOnSmallDisk();

    const noRoom = expect.stringMatching(
      /^Nothing can be written to the state directory \(ENOSPC: no space left on device/,
    );
    expect(seen).toMatchObject({
      refusal: noRoom,
      waiting: { state: { waiting: { message: noRoom } }, lastState: { terminated: { exitCode: 7 } } },
      torn: [],
      // As soon as there is room.
      restarted: { restartCount: 1, lastState: { terminated: { exitCode: 7 } } },
      ended: { exit: { type: "code", code: 7 } },
      spoiled: [],
      // Without its supervisor, which cannot be started on a full disk, the node does not claim to reach it.
      ping: "Unavailable",
      adopted: { restartCount: 0, state: { running: {} } },
    });
    expect(seen["lines"]).toBeGreaterThan(10);
    expect(seen["lost"]).toBeGreaterThan(0);
  });
});
