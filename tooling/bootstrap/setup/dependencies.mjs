import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { root, toolchain } from "./places.mjs";
import { runTool } from "./run-tool.mjs";
import { findPnpm } from "./toolchain.mjs";

const stampFile = `${root}/node_modules/.virtual-kubelet-stamp`;

/** Installs the workspace's dependencies from the lockfile, unless that is what is there already. */
export async function installDependencies(node) {
  const wanted = manifestsHash();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  const pnpm = await findPnpm();
  process.stderr.write("Installing the dependencies from the lockfile…\n");
  await runTool(
    [node, pnpm, "install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only", ...patience],
    {
      directory: root,
      purpose: "install the dependencies",
      onLine: showProgress(),
    },
  );
  writeFileSync(stampFile, wanted);
}

/** The PATH for everything that runs: the workspace's tools, pnpm, the right Node.js, and then the user's. */
export function toolPath(node) {
  return [`${root}/node_modules/.bin`, dirname(node), `${toolchain}/node_modules/.bin`, process.env.PATH].join(
    delimiter,
  );
}

const patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];

/** A line every few seconds at most, so that a slow network does not look like a hang. */
function showProgress() {
  let last = Date.now();
  return (line) => {
    if (!line.startsWith("Progress:") || Date.now() - last < 2000) return;
    last = Date.now();
    process.stderr.write(`  ${line}\n`);
  };
}

/** Changes when anything that decides what is to be installed does. */
function manifestsHash() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...workspaceManifests()]) {
    hash.update(`${file}\0`).update(readFileSync(`${root}/${file}`));
  }
  return hash.digest("hex");
}

function workspaceManifests() {
  const files = ["packages", "apps", "tooling", "examples"]
    .filter((group) => existsSync(`${root}/${group}`))
    .flatMap((group) => readdirSync(`${root}/${group}`).map((name) => `${group}/${name}/package.json`))
    .filter((file) => existsSync(`${root}/${file}`));
  files.sort((a, b) => (a < b ? -1 : 1)); // In place: Node.js 18 has no other way.
  return files;
}
