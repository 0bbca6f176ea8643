/*
 * How a node comes back, on a real control plane. From an outage of the API server: `node src/recovery/main.ts --pods 5000 --seconds 60`;
 * from one of its backend: `node src/recovery/main.ts --backend --pods 50 --seconds 600`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureBackendOutage } from "./backend-outage.ts";
import { measureRecovery } from "./recovery.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "boolean", default: false },
    pods: { type: "string", default: "5000" },
    ending: { type: "string", default: "50" },
    seconds: { type: "string", default: "60" },
  },
});
const pods = Number(values.pods);
const outageMs = Number(values.seconds) * 1_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-recovery-"));
try {
  const seen = values.backend
    ? await measureBackendOutage({ replicas: pods, outageMs, folder, say })
    : await measureRecovery({ pods, ending: Number(values.ending), outageMs, folder, say });
  process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
