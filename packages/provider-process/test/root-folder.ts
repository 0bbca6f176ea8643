import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

const busybox = "/bin/busybox";

/** Why no root can be made on this host. */
export const noBusybox: string | undefined = existsSync(busybox) ? undefined : "busybox is not installed";

/** A directory that is a root: a static busybox, its names, and a user. Gone in the end. */
export class RootFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "vk-root-"));

  constructor() {
    chmodSync(this.path, 0o755);
    for (const folder of ["bin", "etc", "usr/bin", "home/worker", "run"]) {
      mkdirSync(join(this.path, folder), { recursive: true, mode: 0o755 });
    }
    cpSync(busybox, join(this.path, "bin/busybox"), { dereference: true });
    const names = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const name of names) if (name !== "busybox") symlinkSync("/bin/busybox", join(this.path, "bin", name));
    symlinkSync("/bin/env", join(this.path, "usr/bin/env"));
    // As many images have it: a link that would lead into the host's tree.
    mkdirSync(join(this.path, "var"));
    symlinkSync("/run", join(this.path, "var/run"));
    writeFileSync(
      join(this.path, "etc/passwd"),
      "root:x:0:0::/root:/bin/sh\nworker:x:1000:2000::/home/worker:/bin/sh\n",
    );
    writeFileSync(join(this.path, "etc/group"), "root:x:0:\nstaff:x:50:worker\n");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
