import { readFileSync, readdirSync } from "node:fs";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { RegistryCredential, ResolverConfig, Variable, VolumeFile } from "@virtual-kubelet/provider";
import type { TranslatedPod } from "../src/job-from-pod.ts";
import type { PodMaterial } from "../src/job/pod-material.ts";
import { type NomadOptions, plainOptions } from "../src/options.ts";

/** A pod and what goes with it, as `golden/<name>.pod.json` has it. */
interface GoldenPod {
  readonly options: NomadOptions;
  readonly pod: Pod;
  readonly environments?: Readonly<Record<string, readonly Variable[]>>;
  readonly volumes?: Readonly<Record<string, readonly GoldenFile[]>>;
  readonly credentials?: Readonly<Record<string, RegistryCredential>>;
  readonly resolver?: ResolverConfig | undefined;
}

interface GoldenFile {
  readonly path: string;
  readonly text?: string;
  readonly base64?: string;
  /** Octal. */
  readonly mode?: string;
  readonly uid?: number;
  readonly sensitive?: boolean;
}

const folder = new URL("golden/", import.meta.url);
const ending = ".pod.json";

export const goldenNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(ending))
  .map((name) => name.slice(0, -ending.length));

export function goldenPod(name: string): { readonly pod: Pod; readonly material: PodMaterial } {
  const golden = JSON.parse(readFileSync(new URL(name + ending, folder), "utf8")) as GoldenPod;
  const { pod, options, environments = {}, volumes = {}, credentials = {}, resolver } = golden;
  return { pod, material: materialOf(options, { environments, volumes, credentials, resolver }) };
}

/** What is to come of it; `record-golden.ts` writes it anew. */
export function goldenJob(name: string): TranslatedPod {
  return JSON.parse(readFileSync(goldenJobFile(name), "utf8")) as TranslatedPod;
}

export function goldenJobFile(name: string): URL {
  return new URL(`${name}.job.json`, folder);
}

/** Material for a pod of a node that is always the same. */
export function materialOf(
  options: NomadOptions,
  golden: Partial<Omit<GoldenPod, "options" | "pod">> = {},
): PodMaterial {
  return {
    options: plainOptions.parse(options),
    owner: { clusterId: "cluster-1", nodeName: "nomad-1" },
    revision: "v1:abc",
    environments: new Map(Object.entries(golden.environments ?? {})),
    volumes: new Map(
      Object.entries(golden.volumes ?? {}).map(([volume, files]) => [volume, { files: files.map(fileOf) }]),
    ),
    credentials: new Map(Object.entries(golden.credentials ?? {})),
    resolver: golden.resolver,
  };
}

function fileOf({ path, text = "", base64, mode = "0644", uid, sensitive = false }: GoldenFile): VolumeFile {
  const content = base64 === undefined ? Buffer.from(text) : Buffer.from(base64, "base64");
  return { path, content, mode: Number.parseInt(mode, 8), sensitive, ...(uid === undefined ? {} : { uid }) };
}
