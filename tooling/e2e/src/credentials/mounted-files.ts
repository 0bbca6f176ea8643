import { randomUUID } from "node:crypto";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

type Files = Readonly<Record<string, string>>;

/** A folder whose files change all at once, as the kubelet changes those of a volume. */
export class MountedFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async in(folder: string, files: Files): Promise<MountedFiles> {
    const mounted = new MountedFiles(folder);
    await mounted.publish(files);
    for (const name of Object.keys(files)) await symlink(join("..data", name), mounted.path(name));
    return mounted;
  }

  path(name = "."): string {
    return join(this.#folder, name);
  }

  async publish(files: Files): Promise<void> {
    const version = `..${randomUUID()}`;
    await mkdir(this.path(version));
    for (const [name, text] of Object.entries(files)) await writeFile(this.path(join(version, name)), text);
    await symlink(version, this.path("..data_tmp"));
    await rename(this.path("..data_tmp"), this.path("..data"));
  }
}
