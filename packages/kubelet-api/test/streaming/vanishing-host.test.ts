import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("./vanishing-host.ts", import.meta.url));
/** As somebody who may do so there, in a network where nobody else is. */
const apart = ["--map-root-user", "--net"];
const canBeApart = spawnSync("unshare", [...apart, "ip", "link", "set", "lo", "up"]).status === 0;
/** The program is run as it is written, with `using`, which Node.js 22 does not know. */
const isRunAsWritten = Number.parseInt(process.versions.node, 10) >= 24;

describe("a client whose host loses its network", () => {
  // Where this is skipped on a newer Node.js, no network namespaces can be made: systems other than Linux, and some containers.
  it.runIf(canBeApart && isRunAsWritten).concurrent.each([
    ["while output is on its way to it", "output"],
    ["while the command reads nothing of what it sends", "input"],
    ["while it is silent", "silence"],
  ])(
    "%s is noticed within half a minute",
    async (_, what) => {
      const args = [...apart, process.execPath, program, what];
      const { stdout } = await promisify(execFile)("unshare", args, { timeout: 60_000 });
      expect(stdout).toContain("The client's host does not answer.");
      expect(Number.parseInt(stdout, 10)).toBeLessThanOrEqual(30);
    },
    90_000,
  );
});
