import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { releaseOf } from "../versions.ts";
import { go } from "./go.ts";
import { goModule } from "./go-module.ts";
import { type Program, programs } from "./programs.ts";

export interface BuildOptions<Name extends Program> {
  readonly programs: readonly Name[];
  /** Told from time to time how far a build is: it takes minutes. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Changes when the same release would be built differently. */
const recipe = 1;
const progressMs = 15_000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * The paths of a release's programs. Those that were never built are built now, and kept for ever in the user's cache
 * (`$XDG_CACHE_HOME/virtual-kubelet/control-plane`). Rejects with a sentence where there is no Go.
 *
 * @param version `1.37` or `1.37.2`
 */
export async function binaries<Name extends Program>(
  version: string,
  options: BuildOptions<Name>,
): Promise<Readonly<Record<Name, string>>> {
  const release = releaseOf(version);
  const cache = cacheOf(release);
  const missing: Name[] = [];
  for (const name of options.programs) if (!(await exists(join(cache, name)))) missing.push(name);
  if (missing.length > 0) await build(release, { ...options, programs: missing });
  const paths = options.programs.map((name) => [name, join(cache, name)]);
  return Object.fromEntries(paths) as Record<Name, string>;
}

/** Whether all of them are there without building. */
export async function areBuilt(version: string, names: readonly Program[]): Promise<boolean> {
  const cache = cacheOf(releaseOf(version));
  const found = await Promise.all(names.map((name) => exists(join(cache, name))));
  return found.every(Boolean);
}

function cacheOf(release: string): string {
  const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const flavour = `${release}-${process.platform}-${process.arch}-${recipe}`;
  return join(caches, "virtual-kubelet", "control-plane", flavour);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function build(release: string, { programs: names, say, signal }: BuildOptions<Program>): Promise<void> {
  const cache = cacheOf(release);
  await mkdir(cache, { recursive: true });
  await removeKilledBuilds(cache);
  const folder = await mkdtemp(join(cache, "build-"));
  try {
    await writeModule(folder, { release, signal });
    using progress = new Progress(`Kubernetes ${release}: building ${names.join(", ")}`, say);
    const call = { cwd: folder, signal, onLine: (line: string) => progress.heard(line) };
    const common = ["-v", "-trimpath", "-ldflags", linkerFlags(release)];
    const plain = names.filter((name) => name !== "e2e.test");
    if (plain.length > 0) {
      await mkdir(join(folder, "bin"));
      await go(["build", ...common, "-o", "bin/", ...plain.map((name) => programs[name])], call);
      for (const name of plain) await rename(join(folder, "bin", builtName(name)), join(folder, name));
    }
    // Kubernetes looks at its own code.
    if (names.includes("e2e.test"))
      await go(["test", "-c", "-vet=off", ...common, "-o", "e2e.test", programs["e2e.test"]], call);
    // Under its last name only once it is whole: somebody else may build the same.
    for (const name of names) await rename(join(folder, name), join(cache, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Go names a program for the last part of its package that is no version. */
function builtName(name: Program): string {
  const parts = programs[name].split("/").filter((part) => !/^v\d+$/.test(part));
  return parts.at(-1) ?? name;
}

/** A build takes minutes, in which its process may well be killed; none takes a day. */
async function removeKilledBuilds(cache: string): Promise<void> {
  const builds = (await readdir(cache)).filter((name) => name.startsWith("build-"));
  for (const path of builds.map((name) => join(cache, name))) {
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - dayMs) await rm(path, { recursive: true, force: true });
  }
}

interface ModuleOptions {
  readonly release: string;
  readonly signal: AbortSignal | undefined;
}

async function writeModule(folder: string, { release, signal }: ModuleOptions): Promise<void> {
  await writeFile(join(folder, "go.mod"), "module virtual-kubelet.io/control-plane\n");
  const answer = await go(["mod", "download", "-json", `k8s.io/kubernetes@v${release}`], { cwd: folder, signal });
  const { GoMod: path }: { readonly GoMod: string } = JSON.parse(answer);
  await writeFile(join(folder, "go.mod"), goModule(release, await readFile(path, "utf8")));
}

/** The programs say which version they are, and serve their API by it. */
function linkerFlags(release: string): string {
  const [major, minor] = release.split(".");
  const facts = { gitVersion: `v${release}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const set = Object.entries(facts).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-s", "-w", ...set].join(" ");
}

/** Go names each package that it compiles, and is silent for long while it works on one. */
class Progress implements Disposable {
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #packages = 0;

  constructor(what: string, say: (line: string) => void = () => {}) {
    say(`${what} (some ten minutes from nothing)`);
    this.#timer = setInterval(() => say(`${what}: ${this.#packages} packages, ${this.#elapsed()}`), progressMs);
    this.#timer.unref();
  }

  heard(line: string): void {
    if (!line.includes(" ")) this.#packages += 1;
  }

  #elapsed(): string {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
