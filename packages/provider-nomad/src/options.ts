import { withEnvironment } from "@virtual-kubelet/pod-toolkit";
import type { OptionsSchema } from "@virtual-kubelet/provider";
import { z } from "zod";
import { drivers, type NomadDriver } from "./job/drivers.ts";

/** What an operator may set. What is absent is taken from Nomad's own variables (`NOMAD_ADDR`, …), else it has a default. */
export interface NomadOptions {
  /** The server's or agent's address: `https://nomad.example:4646`. */
  readonly address?: string | undefined;
  /** An ACL token. */
  readonly token?: string | undefined;
  readonly region?: string | undefined;
  readonly namespace?: string | undefined;
  /** A file with the certificates that the server's own is checked against (PEM). */
  readonly caCert?: string | undefined;
  /** A file with this client's certificate (PEM). */
  readonly clientCert?: string | undefined;
  /** A file with this client's key (PEM). */
  readonly clientKey?: string | undefined;
  /** The name that the server's certificate has to bear, when it is not the address's. */
  readonly tlsServerName?: string | undefined;
  readonly datacenters?: string[] | undefined;
  readonly nodePool?: string | undefined;
  /** What runs the containers. */
  readonly driver?: NomadDriver | undefined;
  /** What clients must be, for every pod: `{ "attr.kernel.name": "linux", "meta.rack": "!= r7" }`. */
  readonly constraints?: Readonly<Record<string, string>> | undefined;
  /** The priority of jobs of pods that have none, 1 to 100. */
  readonly priority?: number | undefined;
  /** How many MHz a pod's CPU is; absent: what a core of the slowest client that fits has. */
  readonly mhzPerCpu?: number | undefined;
  /** Whether a container that asks for whole CPUs, as many as its limit, gets cores of its own. */
  readonly exclusiveCores?: boolean | undefined;
  /** What a container reserves that asks for nothing, as quantities. */
  readonly defaultResources?: { readonly cpu?: string | undefined; readonly memory?: string | undefined } | undefined;
  /** Which of Nomad's devices a pod's resource is: `{ "nvidia.com/gpu": "nvidia/gpu" }`. */
  readonly devices?: Readonly<Record<string, string>> | undefined;
}

/** The options with the environment and the defaults filled in. */
export interface ResolvedNomadOptions {
  readonly address: string;
  readonly token?: string | undefined;
  readonly region?: string | undefined;
  readonly namespace: string;
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly datacenters: readonly string[];
  readonly nodePool?: string | undefined;
  readonly driver: NomadDriver;
  readonly constraints: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly mhzPerCpu?: number | undefined;
  readonly exclusiveCores: boolean;
  readonly defaultResources: { readonly cpu: string; readonly memory: string };
  readonly devices: Readonly<Record<string, string>>;
}

const pair = ["clientCert", "clientKey"] as const;
const notAnAddress = "must be an http or https address without a path or a user: https://nomad.example:4646";

const quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'must be a quantity: "100m", "64Mi"');

const fields = z.strictObject({
  address: z
    .string()
    .refine(isAddress, notAnAddress)
    .transform((text) => text.replace(/\/$/, ""))
    .default("http://127.0.0.1:4646")
    .describe("The address of a Nomad server or agent. Else NOMAD_ADDR, else http://127.0.0.1:4646"),
  token: z.string().min(1).optional().describe("An ACL token. Else NOMAD_TOKEN"),
  region: z.string().min(1).optional().describe("Else NOMAD_REGION, else the server's own"),
  namespace: z
    .string()
    .min(1)
    .default("default")
    .describe("Nomad's namespace, for all pods. Else NOMAD_NAMESPACE, else default"),
  caCert: z
    .string()
    .min(1)
    .optional()
    .describe("A file with the certificates that the server's own is checked against (PEM). Else NOMAD_CACERT"),
  clientCert: z
    .string()
    .min(1)
    .optional()
    .describe("A file with this client's certificate (PEM). Else NOMAD_CLIENT_CERT"),
  clientKey: z.string().min(1).optional().describe("A file with this client's key (PEM). Else NOMAD_CLIENT_KEY"),
  tlsServerName: z
    .string()
    .min(1)
    .optional()
    .describe("The name that the server's certificate has to bear. Else NOMAD_TLS_SERVER_NAME, else the address's"),
  datacenters: z
    .array(z.string().min(1))
    .min(1)
    .default(["*"])
    .describe("The datacenters that pods run in; * stands for any text. Default: all"),
  nodePool: z.string().min(1).optional().describe("The node pool that pods run in. Default: Nomad's default pool"),
  driver: z.enum(drivers).default("docker").describe("What runs the containers: Nomad's task driver"),
  constraints: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('What clients must be, for every pod: { "attr.kernel.name": "linux", "meta.rack": "!= r7" }'),
  priority: z.int().min(1).max(100).default(50).describe("The priority of the jobs of pods that have none"),
  mhzPerCpu: z
    .int()
    .positive()
    .optional()
    .describe("How many MHz a pod's CPU is. Default: what a core of the slowest client that fits has"),
  exclusiveCores: z
    .boolean()
    .default(false)
    .describe("Whether a container that asks for whole CPUs, as many as its limit, gets cores of its own"),
  defaultResources: z
    .strictObject({ cpu: quantity.default("50m"), memory: quantity.default("64Mi") })
    .prefault({})
    .describe("What a container reserves that asks for nothing. Default: 50m of cpu, 64Mi of memory"),
  devices: z
    .record(z.string().min(1), z.string().min(1))
    .default({ "nvidia.com/gpu": "nvidia/gpu" })
    .describe('Which of Nomad\'s devices a pod\'s resource is. Default: { "nvidia.com/gpu": "nvidia/gpu" }'),
});

/** Checks options and fills in the defaults. */
export const plainOptions: z.ZodType<ResolvedNomadOptions, NomadOptions> = fields.superRefine((options, issues) => {
  const { clientCert, clientKey } = options;
  if ((clientCert === undefined) === (clientKey === undefined)) return;
  const [there, missing] = clientKey === undefined ? pair : pair.toReversed();
  issues.addIssue({ code: "custom", path: [missing], message: `is missing: ${there} is of no use without it` });
});

/** Nomad's own variables, as its command knows them. */
const variables = {
  NOMAD_ADDR: "address",
  NOMAD_TOKEN: "token",
  NOMAD_REGION: "region",
  NOMAD_NAMESPACE: "namespace",
  NOMAD_CACERT: "caCert",
  NOMAD_CLIENT_CERT: "clientCert",
  NOMAD_CLIENT_KEY: "clientKey",
  NOMAD_TLS_SERVER_NAME: "tlsServerName",
};

/** As `plainOptions`, where what is not given is taken from the environment first. */
export const nomadOptions: OptionsSchema<NomadOptions, ResolvedNomadOptions> = withEnvironment(
  plainOptions,
  variables,
  {
    wins: "options",
  },
);

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return (url?.protocol === "http:" || url?.protocol === "https:") && url.pathname === "/" && /^[^@?#]+$/.test(text);
}
