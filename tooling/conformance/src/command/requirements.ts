import { spawnSync } from "node:child_process";
import { areBuilt, goMissing, hasGo } from "@virtual-kubelet/control-plane";
import { inOwnNetwork } from "@virtual-kubelet/e2e/own-network";
import { busyboxMissing, staticBusybox } from "../images/busybox.ts";
import { keepingShell, shellMissing } from "../images/shell.ts";
import { conformancePrograms } from "./conformance-programs.ts";

const noNetwork =
  "the API server calls the node and its pods, which it refuses on loopback, and no network namespace can be made here (with unshare and ip, on Linux)";
const noBubblewrap =
  "containers with a root directory of their own need bubblewrap: install it (on Debian and Ubuntu: apt-get install bubblewrap)";

/** What is missing here to run the suite: a sentence for each. */
export async function missing(release: string): Promise<string[]> {
  const built = (await areBuilt(release, conformancePrograms)) || (await hasGo());
  return [
    ...(built ? [] : [goMissing]),
    ...(inOwnNetwork([]) === undefined ? [noNetwork] : []),
    ...(spawnSync("bwrap", ["--version"]).status === 0 ? [] : [noBubblewrap]),
    ...(staticBusybox() === undefined ? [busyboxMissing] : []),
    ...(keepingShell() === undefined ? [shellMissing] : []),
  ];
}
