import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { join } from "node:path";
import { stateDirectory } from "./local/checkout.ts";
import { runCommand } from "./tests/run-command.ts";
import { endAgent, podsDirectory } from "./local/local-cluster.ts";

/** Ends what a start, a demo or an end-to-end run leaves outside its process group, after one that ended without doing so itself. */
const [target] = process.argv.slice(2);
const directories: Readonly<Record<string, string>> = { start: stateDirectory, demo: join(stateDirectory, "demo") };
const directory = directories[target ?? ""];
if (target === "e2e" || target === "conformance")
  await runCommand([process.execPath, `tooling/${target}/src/clean-up.ts`], { show: true });
if (directory) {
  await endAgent(directory);
  await stopSupervisor({ directory: podsDirectory(directory) });
}
