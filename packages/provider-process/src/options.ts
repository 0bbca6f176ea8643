import { availableParallelism, homedir, networkInterfaces, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Image, Images } from "./images/image.ts";
import { memoryLimit } from "./stats/control-group.ts";

/** What an operator may set. Everything has a default. */
export interface ProcessOptions {
  /** Where the pods' records, logs and working directories are kept; one directory per node, of at most 85 characters. */
  readonly directory?: string | undefined;
  /** The address that pods report as theirs. */
  readonly address?: string | undefined;
  /** What pods may ask for in all, as quantities. */
  readonly capacity?: { readonly [Resource in keyof ProcessCapacity]?: string | undefined } | undefined;
  /** The names of the agent's own environment variables that containers get too. */
  readonly passEnvironment?: string[] | undefined;
  /**
   * What images are on this node: the host itself, a root directory, what they run. By name with tag or digest, by name alone,
   * by `<prefix>/*`, or by `*` for all others.
   */
  readonly images?: Readonly<Record<string, "host" | Image>> | undefined;
  /** Directories and files of the host that pods may mount, and what is below them. */
  readonly allowHostPath?: string[] | undefined;
  /** After how long without containers and without an agent the supervisor ends, in milliseconds. */
  readonly supervisorIdleMs?: number | undefined;
}

export interface ProcessCapacity {
  cpu: string;
  memory: string;
  pods: string;
  "ephemeral-storage"?: string | undefined;
}

/** The options with their defaults filled in; the default directory is named after the node. */
export interface ResolvedProcessOptions {
  readonly directory?: string | undefined;
  readonly address: string;
  readonly capacity: ProcessCapacity;
  readonly passEnvironment: string[];
  readonly images: Images;
  readonly allowHostPath: string[];
  readonly supervisorIdleMs: number;
}

const absolutePath = z.string().startsWith("/", "must be an absolute path");

const image = z.strictObject({
  root: absolutePath.optional().describe("A directory that containers see as their root, and never write to"),
  command: z.array(z.string()).min(1).readonly().optional().describe("What is run where a container says no command"),
  args: z
    .array(z.string())
    .readonly()
    .optional()
    .describe("The arguments where a container says neither command nor arguments"),
  environment: z.record(z.string().min(1), z.string()).optional().describe("Variables that the pod's own come before"),
  workingDirectory: absolutePath.optional(),
  user: z
    .string()
    .regex(/^[^:\s]+(:[^:\s]+)?$/, "must be <user> or <user>:<group>")
    .optional()
    .describe("Whom containers run as: <user> or <user>:<group>, as numbers or by name"),
});

export const processOptions: z.ZodType<ResolvedProcessOptions, ProcessOptions> = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Where the pods' records, logs and working directories are kept; one directory per node, of at most 85 characters. Default: ~/.local/state/virtual-kubelet/<node name>",
    ),
  address: z
    .string()
    .min(1)
    .default(() => hostAddress())
    .describe("The address that pods report as theirs. Default: the first of this host that is not its loopback's"),
  capacity: z
    .strictObject({
      cpu: z.string().min(1).default(String(availableParallelism())).describe('CPUs, as a quantity: "4"'),
      memory: z
        .string()
        .min(1)
        .default(() => `${Math.floor((memoryLimit() ?? totalmem()) / 1024)}Ki`)
        .describe('Memory, as a quantity: "16Gi"'),
      pods: z.string().min(1).default("500").describe("How many pods the node takes"),
      "ephemeral-storage": z
        .string()
        .min(1)
        .optional()
        .describe(
          'What pods may write, as a quantity: "100Gi". Default: the size of the disk that the directory is on',
        ),
    })
    .prefault({})
    .describe(
      "What pods may ask for in all. Default: all that the host has, or the agent's control group, and 500 pods",
    ),
  passEnvironment: z
    .array(z.string().min(1))
    .default(["PATH"])
    .describe("The names of the agent's own environment variables that containers get too"),
  images: z
    .record(z.string().min(1), z.union([z.literal("host").transform((): Image => ({})), image]))
    .default({})
    .describe(
      'What images are on this node: "host", or a root directory with what it runs; by name with tag or digest, by name alone, by <prefix>/*, or by * for all others',
    ),
  allowHostPath: z
    .array(absolutePath)
    .default([])
    .describe("Directories and files of the host that pods may mount, and what is below them"),
  supervisorIdleMs: z
    .int()
    .positive()
    .default(60_000)
    .describe("After how many milliseconds without containers and without an agent the supervisor ends"),
});

/** The state directory of a node that has been given none. */
export function defaultDirectory(nodeName: string): string {
  const state = process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(state, "virtual-kubelet", nodeName);
}

function hostAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
