import { isIP } from "node:net";
import { z } from "zod";

/** What the agent can be told, in its config file, by flags and by environment variables. */
export interface Config {
  readonly provider?: string | undefined;
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined;
  readonly providerConfig?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly taints?: readonly ConfiguredTaint[] | undefined;
  readonly kubeletAddress?: string | undefined;
  readonly kubeletPort?: number | undefined;
  readonly nodeAddress?: string | undefined;
  readonly tlsCertFile?: string | undefined;
  readonly tlsPrivateKeyFile?: string | undefined;
  readonly clientCaFile?: string | undefined;
  readonly logLevel?: "debug" | "info" | "warn" | "error" | undefined;
  readonly logFormat?: "pretty" | "json" | undefined;
}

export interface ConfiguredTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: TaintEffect;
}

export const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;
export type TaintEffect = (typeof taintEffects)[number];

const text = z.string().min(1, "must not be empty");
const file = text.describe("A file; in a config file, relative to that file.");

const taint = z.strictObject({
  key: text,
  value: z.string().optional(),
  effect: z.enum(taintEffects),
});

/** Checks a `Config`. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  provider: text.optional(),
  providerOptions: z.record(z.string(), z.unknown()).optional(),
  providerConfig: file.optional(),
  nodeName: text
    .max(253, "must have at most 253 characters")
    .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, "must be a DNS name: lower-case letters, digits, '-' and '.'")
    .optional(),
  clusterId: text.optional(),
  kubeconfig: file.optional(),
  labels: z.record(text, z.string()).optional(),
  taints: z.array(taint).optional(),
  kubeletAddress: z.string().refine(isIP, "must be an IP address").optional(),
  kubeletPort: z
    .int("must be a whole number")
    .min(0, "must be between 0 and 65535")
    .max(65535, "must be between 0 and 65535")
    .optional(),
  nodeAddress: z.string().refine(isIP, "must be an IP address").optional(),
  tlsCertFile: file.optional(),
  tlsPrivateKeyFile: file.optional(),
  clientCaFile: file.optional(),
  logLevel: z.enum(["debug", "info", "warn", "error"]).optional(),
  logFormat: z.enum(["pretty", "json"]).optional(),
});

/** The keys whose values are paths. */
export const fileKeys = ["providerConfig", "kubeconfig", "tlsCertFile", "tlsPrivateKeyFile", "clientCaFile"] as const;
