import { isIP } from "node:net";
import { z } from "zod";
import { hostAndPort } from "./values/host-and-port.ts";
import { milliseconds } from "./values/milliseconds.ts";

/** What the agent can be told, in its config file, by flags and by environment variables. */
export interface Config {
  readonly provider?: string | undefined;
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined;
  readonly providerConfig?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly bootstrapKubeconfig?: string | undefined;
  readonly certDir?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly taints?: readonly ConfiguredTaint[] | undefined;
  readonly whenUnreachable?: "repel" | "not-ready" | undefined;
  readonly onStop?: "keep" | "not-ready" | undefined;
  readonly clusterDns?: readonly string[] | undefined;
  readonly clusterDomain?: string | undefined;
  readonly kubeletAddress?: string | undefined;
  readonly kubeletPort?: number | undefined;
  readonly nodeAddress?: string | undefined;
  readonly tlsCertFile?: string | undefined;
  readonly tlsPrivateKeyFile?: string | undefined;
  readonly rotateServerCertificates?: boolean | undefined;
  readonly clientCaFile?: string | undefined;
  readonly clientCaFromCluster?: boolean | undefined;
  readonly commandVerb?: "create" | "by-method" | undefined;
  /** `2m`, `30s`, … */
  readonly authenticationTokenWebhookCacheTtl?: string | undefined;
  readonly authorizationWebhookCacheAuthorizedTtl?: string | undefined;
  readonly authorizationWebhookCacheUnauthorizedTtl?: string | undefined;
  readonly streamingConnectionIdleTimeout?: string | undefined;
  readonly streamCreationTimeout?: string | undefined;
  readonly extendWebSockets?: boolean | undefined;
  readonly systemLogDir?: string | undefined;
  /** `api.example:6443` */
  readonly apiServerForPods?: string | undefined;
  readonly apiServerForPodsCaFile?: string | undefined;
  readonly leaderElect?: boolean | undefined;
  readonly leaderElectLease?: "own" | "node" | undefined;
  readonly leaderElectResourceNamespace?: string | undefined;
  readonly leaderElectLeaseDuration?: string | undefined;
  readonly leaderElectRenewDeadline?: string | undefined;
  readonly leaderElectRetryPeriod?: string | undefined;
  readonly refusedPods?: "wait" | "fail" | undefined;
  readonly daemonSetPods?: "run" | "hold" | "fail" | undefined;
  readonly missingPodsAfter?: string | undefined;
  readonly missingPodsLimit?: number | undefined;
  readonly missingPodsShare?: number | undefined;
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
const file = text.describe("A file or folder; in a config file, relative to that file.");

const address = z.string().refine(isIP, "must be an IP address");

const duration = z
  .string()
  .refine(
    (each) => milliseconds(each) !== undefined,
    'must be a duration, such as "30s", "2m" or "1h30m"; "0s" for none',
  );

const dayMs = 24 * 60 * 60 * 1000;

/** For what cannot do without, and is no longer than a timer can be set for. */
const deadline = duration.refine((each) => {
  const ms = milliseconds(each) ?? dayMs;
  return ms > 0 && ms <= dayMs;
}, "must be more than none and at most 24h");

const name =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const nameRule =
  "must be a name of at most 63 letters, digits, '-', '_' and '.', after a DNS name and '/' if it has one";
const dnsName = text.regex(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "must be a DNS name: lower-case letters, digits, '-' and '.'",
);
const labelValue = z
  .string()
  .regex(/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/, "must be at most 63 letters, digits, '-', '_' and '.'");

const labels = z.record(z.string(), labelValue).superRefine((entries, context) => {
  for (const key of Object.keys(entries).filter((each) => !name.test(each)))
    context.addIssue({ code: "custom", path: [key], message: `the key "${key}" ${nameRule}` });
});

const taint = z.strictObject({
  key: z.string().regex(name, nameRule),
  value: labelValue.optional(),
  effect: z.enum(taintEffects),
});

/** Checks a `Config`. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  provider: text.optional(),
  providerOptions: z.record(z.string(), z.unknown()).optional(),
  providerConfig: file.optional(),
  // It is the value of the label kubernetes.io/hostname too.
  nodeName: dnsName.max(63, "must have at most 63 characters").optional(),
  clusterId: text.optional(),
  kubeconfig: file.optional(),
  bootstrapKubeconfig: file.optional(),
  certDir: file.optional(),
  labels: labels.optional(),
  taints: z.array(taint).optional(),
  whenUnreachable: z.enum(["repel", "not-ready"]).optional(),
  onStop: z.enum(["keep", "not-ready"]).optional(),
  clusterDns: z.array(address).min(1, "must name a server").optional(),
  clusterDomain: dnsName.max(253, "must have at most 253 characters").optional(),
  kubeletAddress: address.optional(),
  kubeletPort: z
    .int("must be a whole number")
    .min(0, "must be between 0 and 65535")
    .max(65535, "must be between 0 and 65535")
    .optional(),
  nodeAddress: address.optional(),
  tlsCertFile: file.optional(),
  tlsPrivateKeyFile: file.optional(),
  rotateServerCertificates: z.boolean().optional(),
  clientCaFile: file.optional(),
  clientCaFromCluster: z.boolean().optional(),
  commandVerb: z.enum(["create", "by-method"]).optional(),
  authenticationTokenWebhookCacheTtl: duration.optional(),
  authorizationWebhookCacheAuthorizedTtl: duration.optional(),
  authorizationWebhookCacheUnauthorizedTtl: duration.optional(),
  streamingConnectionIdleTimeout: duration.optional(),
  streamCreationTimeout: deadline.optional(),
  extendWebSockets: z.boolean().optional(),
  systemLogDir: file.optional(),
  apiServerForPods: text
    .refine(
      (each) => hostAndPort(each) !== undefined,
      'must be a host and a port, such as "api.example:6443", "10.0.0.1:6443" or "[fd00::1]:6443"',
    )
    .optional(),
  apiServerForPodsCaFile: file.optional(),
  leaderElect: z.boolean().optional(),
  leaderElectLease: z.enum(["own", "node"]).optional(),
  leaderElectResourceNamespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be the name of a namespace")
    .optional(),
  leaderElectLeaseDuration: deadline
    .refine((each) => (milliseconds(each) ?? 0) % 1000 === 0, "must be in whole seconds")
    .optional(),
  leaderElectRenewDeadline: deadline.optional(),
  leaderElectRetryPeriod: deadline.optional(),
  refusedPods: z.enum(["wait", "fail"]).optional(),
  daemonSetPods: z.enum(["run", "hold", "fail"]).optional(),
  missingPodsAfter: deadline.optional(),
  missingPodsLimit: z.int("must be a whole number").min(0, "must not be negative").optional(),
  missingPodsShare: z.number().min(0, "must be between 0 and 1").max(1, "must be between 0 and 1").optional(),
  logLevel: z.enum(["debug", "info", "warn", "error"]).optional(),
  logFormat: z.enum(["pretty", "json"]).optional(),
});

/** The keys whose values are paths. */
export const fileKeys = [
  "providerConfig",
  "kubeconfig",
  "bootstrapKubeconfig",
  "certDir",
  "tlsCertFile",
  "tlsPrivateKeyFile",
  "clientCaFile",
  "systemLogDir",
  "apiServerForPodsCaFile",
] as const;
