import { chmod, constants, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applets } from "./busybox.ts";
import { librariesOf } from "./shell.ts";

export interface RootDirectoriesOptions {
  /** Where they are made. */
  readonly folder: string;
  /** The paths of the static programs that go into them. */
  readonly agnhost: string;
  readonly busybox: string;
  /** That of the shell, which may need libraries. */
  readonly shell: string;
}

/** The paths of directories that hold what the suite's images hold, as far as its cases use it. */
export interface RootDirectories {
  readonly agnhost: string;
  readonly busybox: string;
  readonly pause: string;
}

/**
 * Makes them.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/test/images/agnhost/Dockerfile
 */
export async function rootDirectories(options: RootDirectoriesOptions): Promise<RootDirectories> {
  const { folder, agnhost } = options;
  const root = (name: string): string => join(folder, name);
  const found = { agnhost: root("agnhost"), busybox: root("busybox"), pause: root("pause") };
  await addUsers(found.agnhost, agnhostUsers, agnhostGroups);
  await addTools(found.agnhost, options);
  await place(agnhost, join(found.agnhost, "agnhost"));
  await symlink("agnhost", join(found.agnhost, "agnhost-2"));
  await mkdir(join(found.agnhost, "uploads"));
  await addUsers(found.busybox);
  await addTools(found.busybox, options);
  await addUsers(found.pause);
  await place(agnhost, join(found.pause, "pause"));
  return found;
}

const agnhostUsers = ["user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh"];
const agnhostGroups = ["user-defined-in-image:x:1000:", "group-defined-in-image:x:50000:user-defined-in-image"];

/** A root directory with the users that every image has, and some of its own, and a place for temporary files. */
async function addUsers(root: string, users: readonly string[] = [], groups: readonly string[] = []): Promise<void> {
  await mkdir(join(root, "etc"), { recursive: true });
  const lines = (texts: readonly string[]): string => `${texts.join("\n")}\n`;
  await writeFile(
    join(root, "etc/passwd"),
    lines(["root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/:/bin/false", ...users]),
  );
  await writeFile(join(root, "etc/group"), lines(["root:x:0:", "nobody:x:65534:", ...groups]));
  for (const name of ["root", "tmp", "var", "proc", "dev", "sys"]) await mkdir(join(root, name));
  await chmod(join(root, "tmp"), 0o1777);
}

async function addTools(root: string, { busybox, shell }: RootDirectoriesOptions): Promise<void> {
  for (const folder of ["bin", "usr/bin", "sbin", "usr/sbin"]) await mkdir(join(root, folder), { recursive: true });
  await place(busybox, join(root, "bin/busybox"));
  const shells = new Set(["sh", "bash"]);
  for (const name of applets(busybox).filter((applet) => applet !== "busybox" && !shells.has(applet)))
    await symlink("busybox", join(root, "bin", name));
  await place(shell, join(root, "bin/bash"));
  await symlink("bash", join(root, "bin/sh"));
  for (const library of librariesOf(shell)) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await place(library, join(root, library));
  }
  // The shebang of many a script.
  await symlink("../../bin/env", join(root, "usr/bin/env"));
}

/** A copy: what happens to it in a container must not happen to the host's own. */
async function place(program: string, path: string): Promise<void> {
  await copyFile(program, path, constants.COPYFILE_FICLONE);
}
