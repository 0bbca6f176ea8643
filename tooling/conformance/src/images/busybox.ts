import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { librariesOf } from "./shell.ts";

/** What to do where there is none. */
export const busyboxMissing =
  "the suite's containers need a static busybox, and there is none at /bin/busybox: install it (on Debian and Ubuntu: apt-get install busybox-static)";

const places = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"];

/** The path of a busybox of this host that runs in any root directory. */
export function staticBusybox(): string | undefined {
  // A program that needs libraries does not start where there are none.
  return places.find((path) => isExecutable(path) && librariesOf(path).length === 0);
}

/** The names of the programs that it can be. */
export function applets(busybox: string): string[] {
  return execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
