/*
 * Keeps what this version leaves, for the tests of all that come:
 *
 *   pnpm --filter @virtual-kubelet/provider-process record-release <release>
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { leaveState, withoutMachine } from "./left-state.ts";

const [release = ""] = process.argv.slice(2);
if (!/^\d+\.\d+$/.test(release)) throw new Error("Which release? Give its number: record.ts 0.2");
const folder = fileURLToPath(new URL(`${release}/`, import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}left-state.json`, `${JSON.stringify(withoutMachine(await leaveState()), undefined, 2)}\n`);
