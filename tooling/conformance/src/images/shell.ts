import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** What to do where there is none. */
export const shellMissing = "the suite's containers need bash, and there is none at /bin/bash: install it";

const places = ["/bin/bash", "/usr/bin/bash"];

/**
 * The shell of this host that containers get as `sh`. Not busybox's: as Debian builds it, it drops variables whose names no
 * shell could say, such as `data-1`, and the suite looks for them with `sh -c env`. The suite's own busybox keeps them.
 */
export function keepingShell(): string | undefined {
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The paths of the libraries that a program needs, with the loader; none, when it is static. */
export function librariesOf(program: string): string[] {
  try {
    const list = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...list.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path = ""]) => path);
  } catch {
    return []; // The loader refuses a static program.
  }
}
