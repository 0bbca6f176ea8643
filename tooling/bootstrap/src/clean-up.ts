import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { join } from "node:path";
import { stateDirectory } from "./local/checkout.ts";
import { endAgent, podsDirectory } from "./local/local-cluster.ts";

/** Ends what a start or a demo leaves outside its process group, after one that ended without doing so itself. */
const [target] = process.argv.slice(2);
const directories: Readonly<Record<string, string>> = { start: stateDirectory, demo: join(stateDirectory, "demo") };
const directory = directories[target ?? ""];
if (directory) {
  await endAgent(directory);
  await stopSupervisor({ directory: podsDirectory(directory) });
}
