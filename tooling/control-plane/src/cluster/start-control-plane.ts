import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaries } from "../programs/binaries.ts";
import { type ControlPlaneProgram, controlPlanePrograms } from "../programs/programs.ts";
import { newestVersion, releaseOf } from "../versions.ts";
import { ControlPlane } from "./control-plane.ts";
import { PortBlock } from "./port-block.ts";

export interface StartOptions {
  /** `1.35`, or a release such as `1.35.4`; the newest when absent. */
  readonly version?: string;
  /**
   * Where the API server listens: `127.0.0.1`, if not said. It does not proxy to loopback addresses (`nodes/proxy`, `pods/proxy`), so
   * tests of these run in a network namespace with an ordinary address.
   */
  readonly address?: string;
  /** Flags beside or instead of our own, without the dashes: `{ "kube-controller-manager": { "node-monitor-grace-period": "10s" } }`. */
  readonly flags?: Partial<Readonly<Record<ControlPlaneProgram, Readonly<Record<string, string>>>>>;
  /** Told how far a build is, which takes minutes when this release was never built before. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts etcd, an API server, a scheduler and a controller manager, unmodified, and resolves when all of them do their work.
 * Rejects with a sentence where they cannot be built, and with the end of its log when one of them does not start.
 */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const { version = newestVersion, address = "127.0.0.1", flags = {}, say, signal } = options;
  const release = releaseOf(version);
  const call = { ...(say ? { say } : {}), ...(signal ? { signal } : {}) };
  const programs = await binaries(release, { programs: controlPlanePrograms, ...call });
  const folder = await mkdtemp(join(tmpdir(), "virtual-kubelet-control-plane-"));
  const block = await PortBlock.reserve(5);
  const [etcd = 0, peer = 0, api = 0, manager = 0, scheduler = 0] = block.ports;
  const ports = {
    etcd,
    "etcd-peer": peer,
    "kube-apiserver": api,
    "kube-controller-manager": manager,
    "kube-scheduler": scheduler,
  };
  const controlPlane = new ControlPlane({ release, programs, block, layout: { folder, address, ports }, flags });
  try {
    await controlPlane.start(signal ? { signal } : {});
    return controlPlane;
  } catch (error) {
    await controlPlane[Symbol.asyncDispose]();
    throw error;
  }
}
