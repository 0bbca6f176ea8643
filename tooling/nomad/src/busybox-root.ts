import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { exists } from "@virtual-kubelet/control-plane";

/** The path of a busybox, where there is one that needs no libraries. */
export async function findBusybox(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "busybox");
    if ((await exists(path)) && isStatic(path)) return path;
  }
  return undefined;
}

/** Makes what a task needs to be a small system, and gives where each part of it belongs in the task's root directory. */
export function busyboxRoot(folder: string, busybox: string): Readonly<Record<string, string>> {
  const [bin, etc] = [join(folder, "bin"), join(folder, "etc")];
  mkdirSync(bin, { recursive: true });
  mkdirSync(etc, { recursive: true });
  copyFileSync(busybox, join(bin, "busybox"));
  const names = execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n");
  for (const name of names) if (name !== "" && name !== "busybox") symlinkSync("busybox", join(bin, name));
  writeFileSync(join(etc, "passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
  writeFileSync(join(etc, "group"), "root:x:0:\nnogroup:x:65534:\n");
  return { [bin]: "/bin", [etc]: "/etc" };
}

/** One that needs libraries would find neither them nor its loader in the root directory of a task. */
function isStatic(busybox: string): boolean {
  try {
    return !execFileSync("ldd", [busybox], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).includes("=>");
  } catch {
    return true; // "not a dynamic executable"
  }
}
