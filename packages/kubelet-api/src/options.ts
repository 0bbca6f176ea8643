import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import type { MetricsSource } from "./metrics-source.ts";
import type { PodSource } from "./pod-source.ts";

export interface KubeletApiOptions {
  readonly provider: Provider;
  /** The pods that this node answers for. */
  readonly pods: PodSource;
  readonly nodeName: string;
  readonly logger: Logger;
  /** Where to listen. Default: `0.0.0.0`. */
  readonly address?: string;
  /** Default: 10250, as a kubelet; 0 takes any that is free. */
  readonly port?: number;
  /** The serving certificate and its key, PEM. Default: one signed by itself, for `nodeName` and `addresses`. */
  readonly certificate?: KeyPairPem;
  /** The node's addresses and names, for a certificate signed by itself. */
  readonly addresses?: readonly string[];
  /** PEM, one or more: callers need a certificate that one of these has signed. Nobody else is answered. */
  readonly clientCertificateAuthority: string;
  /** What `/metrics` and its like answer, and `/stats/summary`. Absent: 501. */
  readonly metrics?: MetricsSource;
  /** What `/configz` shows, in the words of kubelet's configuration; nothing that is secret. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** A directory whose files `/logs` serves to those who may read the node's logs. Absent: that is off. */
  readonly logDirectory?: string;
  /** For `/healthz/syncloop`: why the node does not follow its pods at the moment, or `undefined` when it does. */
  readonly syncLoopProblem?: () => string | undefined;
  /** How many connections may be open at once. Default: 4096. */
  readonly maxConnections?: number;
  /** How many SPDY streams all clients together may have open; further ones are refused. Default: 16,384. */
  readonly maxStreams?: number;
  /** How long the provider may take to answer or to open a stream. Default: 30 s. */
  readonly providerTimeoutMs?: number;
  /** How long a connection's streams may carry nothing before they are ended. Default: 4 h, as kubelet. */
  readonly idleTimeoutMs?: number;
  /** How long a client may take to open the streams that it has announced. Default: 30 s, as kubelet. */
  readonly streamCreationTimeoutMs?: number;
  /** How often a client that is silent is asked whether it is there; it is given up after three times that. Default: 9 s. */
  readonly pingIntervalMs?: number;
}
