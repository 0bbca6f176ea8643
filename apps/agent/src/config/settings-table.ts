import type { Config } from "./config-schema.ts";
import { itemsOf, readBoolean, readLabels, readNumber, readShare, readTaints } from "./values/read-text.ts";

/** One setting as flags and environment variables give it. In the config file its key is the same word. */
export interface Setting {
  readonly key: keyof Config;
  /** As commander wants it: `--node-name <name>`. */
  readonly flag: string;
  readonly description: string;
  /** The flag may be given more than once. */
  readonly repeatable?: true;
  /** What the Go original calls it in its environment. */
  readonly goVariable?: string;
  /** Text to what the schema checks; the text itself when absent. Throws a `UsageError` without saying where. */
  read?(text: string): unknown;
}

/** Every setting that a flag can give. */
export const settingsTable: readonly Setting[] = [
  {
    key: "provider",
    flag: "--provider <name>",
    description: "what runs the pods: a provider's name, a package, or a path",
  },
  {
    key: "providerConfig",
    flag: "--provider-config <file>",
    description: "the provider's options, as YAML, TOML or JSON",
  },
  {
    key: "nodeName",
    flag: "--node-name <name>",
    description: 'the node\'s name in the cluster (default "virtual-kubelet")',
    goVariable: "DEFAULT_NODE_NAME",
  },
  {
    key: "kubeconfig",
    flag: "--kubeconfig <file>",
    description: "how to reach the cluster (default: $KUBECONFIG, ~/.kube/config, or the cluster that it runs in)",
  },
  {
    key: "bootstrapKubeconfig",
    flag: "--bootstrap-kubeconfig <file>",
    description: "instead: by its token the cluster gives a certificate as system:node:<name>",
  },
  {
    key: "certDir",
    flag: "--cert-dir <folder>",
    description: "where that certificate is kept (default ~/.local/state/virtual-kubelet/pki)",
  },
  {
    key: "clusterId",
    flag: "--cluster-id <id>",
    description: "tells this cluster from others on the same backend (default: one that the cluster gives)",
  },
  {
    key: "labels",
    flag: "--labels <key=value,…>",
    description: "labels of the node; may be repeated",
    repeatable: true,
    read: readLabels,
  },
  {
    key: "taints",
    flag: "--taints <key=value:Effect,…>",
    description:
      'taints of the node; may be repeated; "" for none (default virtual-kubelet.io/provider=<name>:NoSchedule)',
    repeatable: true,
    read: readTaints,
  },
  {
    key: "whenUnreachable",
    flag: "--when-unreachable <repel|not-ready>",
    description:
      "what the node does without its backend: keep new pods away, or be NotReady, which evicts (default repel)",
  },
  {
    key: "onStop",
    flag: "--on-stop <keep|not-ready>",
    description: "what it says when it is stopped: nothing, or at once that it is NotReady (default keep)",
  },
  {
    key: "clusterDns",
    flag: "--cluster-dns <ip,…>",
    description: "who resolves the names of Services for pods; may be repeated (default: what their place has)",
    repeatable: true,
    read: itemsOf,
  },
  {
    key: "clusterDomain",
    flag: "--cluster-domain <domain>",
    description: "the domain under which those names are (default cluster.local)",
  },
  {
    key: "kubeletAddress",
    flag: "--kubelet-address <ip>",
    description: "where the kubelet API listens (default 0.0.0.0)",
  },
  {
    key: "kubeletPort",
    flag: "--kubelet-port <port>",
    description: "its port; 0 for any that is free (default 10250)",
    goVariable: "KUBELET_PORT",
    read: readNumber,
  },
  {
    key: "nodeAddress",
    flag: "--node-address <ip>",
    description: "where the control plane reaches it: the node's InternalIP",
    goVariable: "VKUBELET_POD_IP",
  },
  {
    key: "tlsCertFile",
    flag: "--tls-cert-file <file>",
    description: "its serving certificate, PEM (default: one of its own)",
    goVariable: "APISERVER_CERT_LOCATION",
  },
  {
    key: "tlsPrivateKeyFile",
    flag: "--tls-private-key-file <file>",
    description: "the key of that certificate, PEM",
    goVariable: "APISERVER_KEY_LOCATION",
  },
  {
    key: "rotateServerCertificates",
    flag: "--rotate-server-certificates [true|false]",
    description:
      "instead: one that the cluster signs, once somebody has approved it, and renews; takes an identity of its own",
    read: readBoolean,
  },
  {
    key: "clientCaFile",
    flag: "--client-ca-file <file>",
    description: "who may call it: holders of certificates of this CA (default: the cluster's)",
    goVariable: "APISERVER_CA_CERT_LOCATION",
  },
  {
    key: "clientCaFromCluster",
    flag: "--client-ca-from-cluster [true|false]",
    description: "instead: of those CAs that the API server takes itself, where the node may read them",
    read: readBoolean,
  },
  {
    key: "commandVerb",
    flag: "--command-verb <verb>",
    description: "what exec and its like take of nodes/proxy: create, or by-method as kubelet has it (default create)",
  },
  {
    key: "authenticationTokenWebhookCacheTtl",
    flag: "--authentication-token-webhook-cache-ttl <duration>",
    description: "how long it is remembered whose a token is (default 2m)",
  },
  {
    key: "authorizationWebhookCacheAuthorizedTtl",
    flag: "--authorization-webhook-cache-authorized-ttl <duration>",
    description: "how long it is remembered that a caller may do something (default 5m)",
  },
  {
    key: "authorizationWebhookCacheUnauthorizedTtl",
    flag: "--authorization-webhook-cache-unauthorized-ttl <duration>",
    description: "how long it is remembered that a caller may not (default 30s)",
  },
  {
    key: "streamingConnectionIdleTimeout",
    flag: "--streaming-connection-idle-timeout <duration>",
    description: "how long an exec, attach or port-forward may carry nothing; 0s for ever (default 4h)",
  },
  {
    key: "streamCreationTimeout",
    flag: "--stream-creation-timeout <duration>",
    description: "how long its client may take to open the streams of it (default 30s)",
  },
  {
    key: "extendWebSockets",
    flag: "--extend-web-sockets [true|false]",
    description: "whether API servers since 1.36 may pass WebSockets through to it (default true)",
    read: readBoolean,
  },
  {
    key: "systemLogDir",
    flag: "--system-log-dir <folder>",
    description: "whose files it serves at /logs to those who may get nodes/log (default: none)",
  },
  {
    key: "apiServerForPods",
    flag: "--api-server-for-pods <host:port>",
    description: "where pods reach the API server (default: where Service default/kubernetes says)",
  },
  {
    key: "apiServerForPodsCaFile",
    flag: "--api-server-for-pods-ca-file <file>",
    description: "whose certificate it shows there, PEM (default: the cluster's CA)",
  },
  {
    key: "leaderElect",
    flag: "--leader-elect [true|false]",
    description: "whether this is one of several agents for the node, of which one acts (default false)",
    read: readBoolean,
  },
  {
    key: "leaderElectLease",
    flag: "--leader-elect-lease <which>",
    description:
      "own: by a lease made for it; node: by the node's, where the node has an identity of its own (default own)",
  },
  {
    key: "leaderElectResourceNamespace",
    flag: "--leader-elect-resource-namespace <namespace>",
    description: "where a lease of its own is (default kube-node-lease)",
  },
  {
    key: "leaderElectLeaseDuration",
    flag: "--leader-elect-lease-duration <duration>",
    description:
      "how long the others wait for an agent that they do not hear of (default 15s; 40s by the node's lease)",
  },
  {
    key: "leaderElectRenewDeadline",
    flag: "--leader-elect-renew-deadline <duration>",
    description: "how long the one that acts goes on when it cannot renew (default 10s; 30s by the node's lease)",
  },
  {
    key: "leaderElectRetryPeriod",
    flag: "--leader-elect-retry-period <duration>",
    description: "how often it renews (default 2s; 10s by the node's lease)",
  },
  {
    key: "refusedPods",
    flag: "--refused-pods <what>",
    description: "what becomes of pods that the node cannot run: wait, or fail as with a kubelet (default wait)",
  },
  {
    key: "daemonSetPods",
    flag: "--daemon-set-pods <what>",
    description: "what becomes of pods of DaemonSets: run, hold (they stay Pending) or fail (default run)",
  },
  {
    key: "missingPodsAfter",
    flag: "--missing-pods-after <duration>",
    description:
      "how far apart two lists must be for a pod that both lack to be lost, or to be an orphan (default 30s)",
  },
  {
    key: "missingPodsLimit",
    flag: "--missing-pods-limit <number>",
    description: "a list that lacks more pods than these, and more than the share, is not believed (default 10)",
    read: readNumber,
  },
  {
    key: "missingPodsShare",
    flag: "--missing-pods-share <share>",
    description: "that share of all pods, between 0 and 1 (default 0.5)",
    read: readShare,
  },
  { key: "logLevel", flag: "--log-level <level>", description: "debug, info, warn or error (default info)" },
  { key: "logFormat", flag: "--log-format <format>", description: "pretty or json (default: pretty on a terminal)" },
];

/** `--node-name` */
export function flagOf(setting: Setting): string {
  return setting.flag.split(" ")[0] ?? setting.flag;
}

/** `VIRTUAL_KUBELET_NODE_NAME` */
export function variableOf(setting: Setting): string {
  return `VIRTUAL_KUBELET_${flagOf(setting).slice(2).replaceAll("-", "_").toUpperCase()}`;
}
