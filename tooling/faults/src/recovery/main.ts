/* How a node with many pods comes back after an outage of the API server: `node src/recovery/main.ts --pods 5000 --seconds 60`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureRecovery } from "./recovery.ts";

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "5000" },
    ending: { type: "string", default: "50" },
    seconds: { type: "string", default: "60" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-recovery-"));
try {
  const recovery = await measureRecovery({
    pods: Number(values.pods),
    ending: Number(values.ending),
    outageMs: Number(values.seconds) * 1_000,
    folder,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(recovery, undefined, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
