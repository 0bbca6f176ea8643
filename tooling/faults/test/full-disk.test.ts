import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { scenario } from "../src/scenario.ts";

/** Mounts a small disk that nobody else sees, makes it the temporary directory, and runs a program. */
const onSmallDisk = 'mount -t tmpfs -o size=512k,mode=700 tmpfs "$0" && TMPDIR="$0" exec "$@"';
const mayMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]).status === 0;
const timeoutMs = 240_000;

async function nodeOnSmallDisk(): Promise<Record<string, unknown>> {
  const [disk, outside] = ["vk-disk-", "vk-beat-"].map((name) => mkdtempSync(join(tmpdir(), name)));
  const program = fileURLToPath(new URL("../src/full-disk/main.ts", import.meta.url));
  try {
    const args = ["-rm", "sh", "-c", onSmallDisk, `${disk}`, process.execPath, program, `${outside}`];
    const { stdout } = await promisify(execFile)("unshare", args, { timeout: timeoutMs - 10_000 });
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new Error(/^Error: (.*)$/m.exec(stderr)?.[1] ?? `${stderr}${String(error)}`, { cause: error });
  } finally {
    for (const folder of [disk, outside]) rmSync(`${folder}`, { recursive: true, force: true });
  }
}

scenario(
  "35 the disk of a node with processes is full",
  {
    expected: "New containers do not start and say why, the others go on, and what is kept of them is whole.",
    guard: {
      file: "packages/provider-process/src/supervisor/records/kept-record.ts",
      from: "existsSync(this.#folder) ? setTimeout(() => this.#catchUp(), writeAgainMs) : undefined;",
      to: "undefined;",
    },
    lacking: mayMount ? undefined : "takes Linux, and the right to mount a disk that nobody else sees",
    timeoutMs,
  },
  async ({ saw }) => {
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
    saw(`${String(seen["lost"])} lines of output lost, none spoiled, no record torn; started again with room`);
  },
);
