import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "@virtual-kubelet/bootstrap/checkout";
import type { Guard } from "../scenario.ts";
import { mutatedSource } from "./mutated-source.ts";

const folders = ["packages", "apps", "tooling", "examples"];
const leftOut = new Set(["dist", "coverage", ".turbo", ".virtual-kubelet"]);

/** The sources in a folder of their own, to be broken on purpose. The installed packages of others are those of the checkout. */
export class SourceCopy implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), "virtual-kubelet-mutated-"));

  constructor() {
    for (const entry of readdirSync(root, { withFileTypes: true }))
      if (entry.isFile()) cpSync(join(root, entry.name), join(this.root, entry.name));
    for (const folder of folders) cpSync(join(root, folder), join(this.root, folder), copying);
    this.#linkPackages();
  }

  remove(guards: readonly Guard[]): void {
    for (const guard of guards) {
      const file = join(this.root, guard.file);
      writeFileSync(file, mutatedSource(readFileSync(file, "utf8"), guard));
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Packages of the workspace are linked relatively, so they lead into the copy; the others are linked to where they are. */
  #linkPackages(): void {
    const installed = join(root, "node_modules");
    const linked = join(this.root, "node_modules");
    mkdirSync(linked);
    for (const { name } of readdirSync(installed, { withFileTypes: true })) {
      if (name === "@virtual-kubelet" || name === "virtual-kubelet")
        cpSync(join(installed, name), join(linked, name), copying);
      else if (!name.startsWith(".") || name === ".pnpm") symlinkSync(join(installed, name), join(linked, name));
    }
  }
}

const copying = {
  recursive: true,
  verbatimSymlinks: true,
  filter: (path: string) => !leftOut.has(basename(path)) && !path.endsWith("tooling/toolchain/node_modules"),
} as const;
