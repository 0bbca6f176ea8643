import { statfs } from "node:fs/promises";
import { arch, hostname, release } from "node:os";
import type { NodeDescription } from "@virtual-kubelet/provider";
import type { ResolvedProcessOptions } from "../options.ts";
import { type ViewMode, modeText, viewAnnotation } from "../views/mode/view-mode.ts";
import { readText } from "./read-text.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Where Linux says what tells a machine and its system from others. */
const identityFiles = {
  machineID: "/etc/machine-id",
  systemUUID: "/sys/class/dmi/id/product_uuid",
  bootID: "/proc/sys/kernel/random/boot_id",
} as const;

export interface Host extends Pick<ResolvedProcessOptions, "capacity" | "address"> {
  readonly mode: ViewMode;
  /** Where what pods write is kept. */
  readonly directory: string;
}

/** This host as a node. What it does not say, or only to another user, is absent. */
export async function describeHost(
  { capacity, address, mode, directory }: Host,
  nodeName: string,
): Promise<NodeDescription> {
  const osImage = prettyName((await readText("/etc/os-release")) ?? (await readText("/usr/lib/os-release")) ?? "");
  return {
    capacity: { ...capacity, "ephemeral-storage": capacity["ephemeral-storage"] ?? (await diskSize(directory)) },
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: hostname() },
    ],
    operatingSystem: process.platform,
    architecture: architectures[arch()] ?? arch(),
    ...(osImage ? { osImage } : {}),
    kernelVersion: release(),
    ...(await identities()),
    annotations: { [viewAnnotation]: modeText(mode) },
    providerID: `process://${hostname()}/${nodeName}`,
    containerRuntimeVersion: `process://${process.versions.node}`,
  };
}

/**
 * The system's name in the text of an `os-release`; `undefined` when it has none.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/os-release.html
 */
export function prettyName(text: string): string | undefined {
  const value = /^PRETTY_NAME=(.*)$/m.exec(text)?.[1]?.trim() ?? "";
  const [, , quoted] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return (quoted ?? value).replaceAll(/\\(["'$`\\])/g, "$1") || undefined;
}

/** Of the disk that a directory is on, as a quantity. */
async function diskSize(directory: string): Promise<string> {
  const { blocks, bsize } = await statfs(directory);
  return `${Math.floor((blocks * bsize) / 1024)}Ki`;
}

async function identities(): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    Object.entries(identityFiles).map(async ([name, path]) => [name, (await readText(path))?.trim()] as const),
  );
  return Object.fromEntries(found.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
