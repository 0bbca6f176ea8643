import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import type { AccessReviews } from "./access/access-reviews.ts";
import type { CommandVerb } from "./http/route.ts";
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
  /**
   * The serving certificate and its key, PEM; or the present one and each that replaces it. Default, and until the first comes:
   * one signed by itself, for `nodeName` and `addresses`.
   */
  readonly certificate?: KeyPairPem | AsyncIterable<KeyPairPem>;
  /** The node's addresses and names, for a certificate signed by itself. */
  readonly addresses?: readonly string[];
  /**
   * PEM, one or more: whose certificates prove who a caller is; or the present ones and each text that replaces them. Connections
   * of an authority that is gone prove nothing any more.
   */
  readonly clientCertificateAuthority: string | AsyncIterable<string>;
  /** Whom the cluster knows by a token, and what callers may do: `clusterReviews(client)`. */
  readonly reviews: AccessReviews;
  /**
   * What callers need who start something in a container. Default: `create`; `by-method` is kubelet's laxer rule, by which the
   * right to `get` nodes/proxy is the right to run any command.
   */
  readonly commandVerb?: CommandVerb;
  /** How long it is remembered whose a token is. Default: 2 min, as kubelet; 0 for not at all. */
  readonly tokenTtlMs?: number;
  /** How long it is remembered that a caller may do something. Default: 5 min, as kubelet; 0 for not at all. */
  readonly allowedTtlMs?: number;
  /** How long it is remembered that a caller may not. Default: 30 s, as kubelet; 0 for not at all. */
  readonly deniedTtlMs?: number;
  /** What `/metrics` and its like answer, and `/stats/summary`. Absent: 501. */
  readonly metrics?: MetricsSource;
  /** What `/configz` shows, in the words of kubelet's configuration; nothing that is secret. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** A directory whose files `/logs` serves to those who may read the node's logs. Absent: that is off. */
  readonly logDirectory?: string;
  /** For `/healthz/syncloop`: why the node does not follow its pods at the moment, or `undefined` when it does. */
  readonly syncLoopProblem?: () => string | undefined;
  /** How many connections may be open at once; more take the places of those that have not proved who calls. Default: 4096. */
  readonly maxConnections?: number;
  /** How many SPDY streams all clients together may have open; further ones are refused. Default: 16,384. */
  readonly maxStreams?: number;
  /** How long the provider may take to answer or to open a stream. Default: 30 s. */
  readonly providerTimeoutMs?: number;
  /** How long a connection's streams may carry nothing before they are ended. Default: 4 h, as kubelet. */
  readonly idleTimeoutMs?: number;
  /** How long a client may take to open the streams that it has announced. Default: 30 s, as kubelet. */
  readonly streamCreationTimeoutMs?: number;
  /** How often a client is asked whether it is there; one that is silent is given up after forty times that. Default: 9 s. */
  readonly pingIntervalMs?: number;
}
