import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** What to do where there is none. */
export const busyboxMissing =
  "the suite's containers need a static busybox, and there is none at /bin/busybox: install it (on Debian and Ubuntu: apt-get install busybox-static)";

const places = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"];

/** The path of a busybox of this host that runs in any root directory. */
export function staticBusybox(): string | undefined {
  return places.find((path) => isExecutable(path) && isStatic(path));
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

/** A program that needs libraries does not start where there are none. */
function isStatic(path: string): boolean {
  // The loader lists the libraries of a dynamic program, and refuses any other.
  try {
    execFileSync("ldd", [path], { stdio: "ignore" });
    return false;
  } catch {
    return true;
  }
}
