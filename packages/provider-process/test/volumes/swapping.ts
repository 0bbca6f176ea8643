import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why nothing is swapped here. */
export const noSwapping: string | undefined = process.platform === "linux" ? undefined : "root views need Linux";

/** What is made there meanwhile is in its way at times. */
const script = `const { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } = require("node:fs");
  const tried = (action) => { try { action(); } catch {} };
  const pause = () => { for (const until = performance.now() + 0.1; performance.now() < until; ); };
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    tried(() => rmSync("place", { recursive: true }));
    tried(() => symlinkSync("../outside", "place"));
    pause();
    tried(() => unlinkSync("place"));
    tried(() => mkdirSync("place"));
    tried(() => writeFileSync("place/file", "inside"));
    pause();
  }`;

/** A volume in which `place` is a directory and a link out of the volume by turns, as a container could have it. */
export class SwappingVolume implements AsyncDisposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "vk-swapping-"));
  readonly path: string = join(this.#folder, "volume");
  readonly outside: string = join(this.#folder, "outside");
  #swapping: ChildProcess | undefined;

  constructor() {
    for (const folder of [this.outside, join(this.path, "place")]) mkdirSync(folder, { recursive: true });
  }

  begin(): void {
    this.#swapping = spawn(process.execPath, ["--eval", script], { cwd: this.path, stdio: "ignore" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#swapping?.kill("SIGKILL")) await once(this.#swapping, "close");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
