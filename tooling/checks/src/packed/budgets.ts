import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import type { Tool } from "./tools.ts";

const maxPackages = 5;
const maxMegabytes = 6;
const maxImportMs = 250;
const maxResidentMegabytes = 85;

/** Throws when a project that npm installed holds more than a provider's author should be asked to take. */
export async function installedSize(folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  const files = await readdir(modules, { recursive: true, withFileTypes: true });
  const manifests = files.filter(
    ({ name, parentPath }) => name === "package.json" && /node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath),
  );
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(({ parentPath, name }) => stat(join(parentPath, name))),
  );
  const megabytes = sizes.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const figures = `${manifests.length} packages, ${megabytes.toFixed(1)} MB`;
  if (manifests.length > maxPackages || megabytes > maxMegabytes) {
    throw new Error(`${figures}; at most ${maxPackages} packages and ${maxMegabytes} MB are allowed.`);
  }
  return figures;
}

/** Throws when importing a package takes long or much memory: the median of nine runs, in the best of three tries, as the machine may be busy. */
export async function importCost(folder: string, entry: string, node: Tool): Promise<string> {
  let figures = "";
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { ms, megabytes } = await medianImport(folder, entry, node);
    figures = `${ms.toFixed(0)} ms, ${megabytes.toFixed(0)} MB resident`;
    if (ms <= maxImportMs && megabytes <= maxResidentMegabytes) return figures;
  }
  throw new Error(`${figures}; at most ${maxImportMs} ms and ${maxResidentMegabytes} MB are allowed.`);
}

async function medianImport(folder: string, entry: string, node: Tool): Promise<{ ms: number; megabytes: number }> {
  const script = `
    const start = performance.now();
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify([performance.now() - start, process.memoryUsage.rss() / 1e6]));`;
  const runs: (readonly [ms: number, megabytes: number])[] = [];
  for (let run = 0; run < 9; run += 1) {
    const output = await command(node.path, ["--input-type=module", "--eval", script], {
      cwd: folder,
      timeoutMs: 60_000,
    });
    runs.push(JSON.parse(output) as [number, number]);
  }
  return { ms: median(runs.map(([ms]) => ms)), megabytes: median(runs.map(([, megabytes]) => megabytes)) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
