import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { importCost, installedSize } from "./packed/budgets.ts";
import { inPairs } from "./packed/in-pairs.ts";
import { type MatrixOptions, projectFolder, runMatrix, runTogether } from "./packed/matrix.ts";
import { runOutsideProvider } from "./packed/outside-provider.ts";
import { Report } from "./packed/report.ts";
import { runAttw, runPublint } from "./packed/tarball-faults.ts";
import { type Tarball, packAll } from "./packed/tarballs.ts";
import { fetchTools } from "./packed/tools.ts";

// --short, the default: every package as a tarball and beside the others, two packages in full. --all: every package in full.
const { values } = parseArgs({ options: { all: { type: "boolean" }, short: { type: "boolean" } } });
const inFull = new Set(["@virtual-kubelet/provider", "virtual-kubelet"]);

const report = new Report({ print: console.log });
const workshop = await mkdtemp(join(tmpdir(), "virtual-kubelet-packed-"));
let tarballs: readonly Tarball[] = [];
try {
  const packed = await report.check("every package builds and packs", async () => {
    tarballs = await packAll(join(workshop, "tarballs"));
    return `${tarballs.length} tarballs`;
  });
  if (packed) await checkTarballs({ workshop, tarballs, tools: await fetchTools(), report });
} finally {
  await rm(workshop, { recursive: true, force: true, maxRetries: 3 });
}
report.end();
process.exitCode = report.failed === 0 ? 0 : 1;

async function checkTarballs(options: MatrixOptions): Promise<void> {
  await inPairs(tarballs, async (tarball) => {
    const { name } = tarball.manifest;
    await report.check(`${name}: publint`, () => runPublint(tarball));
    await report.check(`${name}: types as an importer sees them`, () => runAttw(tarball));
  });
  await runTogether(options);
  await inPairs(
    tarballs.filter(({ manifest }) => values.all || inFull.has(manifest.name)),
    (tarball) => runMatrix(tarball, options),
  );
  await checkBudgets(options);
  for (const node of options.tools.nodes) {
    const folder = join(workshop, "outside", node.name.replaceAll(" ", "-"));
    await report.check(`a provider outside the repository runs on ${node.name}`, () =>
      runOutsideProvider({ folder, tarballs, node }),
    );
  }
}

/** When nothing else runs, so that the times are the packages' own. */
async function checkBudgets({ tools }: MatrixOptions): Promise<void> {
  for (const tarball of tarballs) {
    const { name } = tarball.manifest;
    const folder = projectFolder(tarball, "npm", workshop);
    if (name === "@virtual-kubelet/provider")
      await report.check(`${name}: is small to install`, () => installedSize(folder));
    if (name !== "virtual-kubelet") continue;
    for (const node of tools.nodes)
      await report.check(`${name}: is quick to import on ${node.name}`, () => importCost(folder, name, node));
  }
}
