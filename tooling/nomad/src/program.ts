import { rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type BuildCall,
  BuildProgress,
  cacheFolder,
  exists,
  go,
  goMissing,
  hasGo,
  inBuildFolder,
} from "@virtual-kubelet/control-plane";

/** What the module beside this source requires. */
export const nomadVersion = "1.6.1";
/** Changes when the same version would be built differently. */
const recipe = 1;
/** Nomad's own module replaces others, which only a main module may do: this one is main, and replaces the same. */
const module = fileURLToPath(new URL("../module", import.meta.url));

/**
 * The path of Nomad's program, built where it never was: that takes about five minutes. It is kept for ever in the user's cache
 * (`$XDG_CACHE_HOME/virtual-kubelet/nomad`). Rejects with a sentence where there is no Go, or no compiler of C.
 */
export async function nomadProgram({ say, signal }: BuildCall = {}): Promise<string> {
  const program = programPath();
  if (await exists(program)) return program;
  const missing = await missingForBuild();
  if (missing !== undefined) throw new Error(missing);
  await inBuildFolder(cache(), async (folder) => {
    const built = join(folder, "nomad");
    using progress = new BuildProgress(`Nomad ${nomadVersion}: building`, say, "some five minutes");
    await go(
      ["build", "-v", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", built, "github.com/hashicorp/nomad"],
      // A part that makes containers is written in C.
      { cwd: module, cgo: true, signal, onLine: (line) => progress.heard(line) },
    );
    // Under its last name only once it is whole: somebody else may build the same.
    await rename(built, program);
  });
  return program;
}

/** Whether it is there without building. */
export function nomadIsBuilt(): Promise<boolean> {
  return exists(programPath());
}

/** Why there can be no Nomad here, in a sentence; nothing when it is built, or can be. */
export async function nomadMissing(): Promise<string | undefined> {
  if (process.platform === "win32") return "Nomad is not run on Windows here: its tests need a shell";
  return (await exists(programPath())) ? undefined : missingForBuild();
}

async function missingForBuild(): Promise<string | undefined> {
  if (!(await hasGo())) return goMissing.replace("a real control plane", "Nomad");
  const call = { cwd: module, cgo: true };
  const compiler = (await go(["env", "CC"], call)).trim();
  return (await isThere(compiler))
    ? undefined
    : `There is no compiler of C (${compiler} is not on the PATH), which Nomad is built with: install gcc or clang`;
}

async function isThere(command: string): Promise<boolean> {
  const [program = ""] = command.split(" ");
  if (program.includes("/")) return exists(program);
  const folders = (process.env["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  return (await Promise.all(folders.map((folder) => exists(join(folder, program))))).some(Boolean);
}

function programPath(): string {
  return join(cache(), "nomad");
}

function cache(): string {
  return cacheFolder("nomad", { id: nomadVersion, recipe });
}
