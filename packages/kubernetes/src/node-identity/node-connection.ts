import { X509Certificate } from "node:crypto";
import { isKubernetesError, KubernetesError } from "../client/kubernetes-error.ts";
import { pause, unlessAborted } from "../client/pause.ts";
import type { Connection, Credentials, CredentialsCall } from "../connection/connection.ts";
import { Backoff, type BackoffOptions } from "../watch/backoff.ts";
import type { WatchLogger } from "../watch/object-watch.ts";
import { CredentialFolder } from "./credential-folder.ts";
import { clusterMark, credentialFromText, faultOf, type NodeCredential } from "./node-credential.ts";
import { type CredentialRenewal, renewCredential } from "./renew-credential.ts";
import { defaultRenewal, renewalMoment, type RenewalShares } from "./renewal-moment.ts";
import { ServerTrust } from "./server-trust.ts";

export interface NodeConnectionOptions {
  /** The node becomes `system:node:<nodeName>` in the group `system:nodes`. */
  readonly nodeName: string;
  /** The cluster, as somebody who may ask for the node's certificate: a bootstrap token. */
  readonly bootstrap: Connection;
  /** Where the certificate and its key are kept; made when it is not there. Nodes may share it. */
  readonly folder: string;
  readonly logger?: WatchLogger | undefined;
  /** How long certificates shall be valid, at least 600; absent: as the cluster has it, which may also shorten it. */
  readonly expirationSeconds?: number | undefined;
  /** When in a certificate's life it is renewed: at a random moment between these shares of it; 0.7 and 0.9 if not said. */
  readonly renewal?: RenewalShares | undefined;
  /** The pauses after failed attempts; from one second to one minute if not said. */
  readonly backoff?: BackoffOptions | undefined;
}

type Requester = CredentialRenewal["requester"];

interface Held {
  readonly credential: NodeCredential;
  readonly validTo: Date;
  readonly renewAt: Date;
}

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * A connection as a node: by a client certificate that the cluster gives for a bootstrap token, and that is renewed as long
 * as the connection is in use.
 *
 * ```ts fragment: bootstrap is a connection with a bootstrap token
 * await using connection = await NodeConnection.open({ nodeName: "edge-1", bootstrap, folder: "/var/lib/edge/pki" });
 * await using client = new KubernetesClient({ connection });
 * ```
 *
 * A certificate is renewed with itself and, once it has expired or while it is refused, with `bootstrap` again. A failed renewal
 * is logged and tried again, and what is there goes on being used. The server's address and authority are always those of
 * `bootstrap`.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
export class NodeConnection implements Connection, AsyncDisposable {
  readonly server: string;
  readonly namespace?: string;
  readonly proxyUrl?: string;
  readonly #options: NodeConnectionOptions;
  readonly #folder: CredentialFolder;
  readonly #trust: ServerTrust;
  readonly #backoff: Backoff;
  readonly #ending = new AbortController();
  #held: Held | undefined;
  /** The certificate that the server has refused since `bootstrap` last tried in vain to replace it. */
  #refused: string | undefined;
  #renewing: Promise<void> | undefined;
  /** No attempt before this. Monotonic milliseconds. */
  #pausedUntilMs = 0;

  private constructor(options: NodeConnectionOptions) {
    const { bootstrap, folder, nodeName } = options;
    if (!dnsName.test(nodeName)) throw new RangeError(`"${nodeName}" cannot be the name of a node: it is no DNS name`);
    this.#options = options;
    this.server = bootstrap.server;
    if (bootstrap.namespace !== undefined) this.namespace = bootstrap.namespace;
    if (bootstrap.proxyUrl !== undefined) this.proxyUrl = bootstrap.proxyUrl;
    this.#folder = new CredentialFolder(folder, nodeName, "client");
    this.#trust = new ServerTrust(bootstrap);
    this.#backoff = new Backoff({ minMs: 1_000, maxMs: 60_000, ...options.backoff });
  }

  /**
   * With the certificate of the folder, or once the cluster has given one. It waits for that as long as it takes, and logs
   * what it waits for and what fails. It rejects with reason `CertificateRefused` when the request is denied, with
   * `InvalidCredentials` when the folder or the bootstrap credentials cannot be read, and with the signal's reason.
   */
  static async open(
    options: NodeConnectionOptions & { readonly signal?: AbortSignal | undefined },
  ): Promise<NodeConnection> {
    const connection = new NodeConnection(options);
    await connection.#begin(options.signal ?? connection.#ending.signal);
    return connection;
  }

  async credentials(call: CredentialsCall): Promise<Credentials> {
    const trust = await this.#trust.read(call);
    if (call.refresh === true) this.#refused = this.#held?.credential.certificate;
    if (this.#mustBootstrap() || this.#isDue()) this.#renew();
    if (this.#hasExpired() && this.#renewing) await unlessAborted(this.#renewing, call.signal);
    if (!this.#held || this.#hasExpired()) {
      const when = this.#held?.validTo.toISOString();
      const problem = `the node's client certificate expired on ${when}, and a new one could not be had yet`;
      throw new KubernetesError("InvalidCredentials", `${problem}: the log says why`);
    }
    const { certificate: cert, key } = this.#held.credential;
    return { ...trust, cert, key };
  }

  /** Ends what is under way. The certificate stays in the folder for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new KubernetesError("Closed", "the node's connection is closed"));
    await this.#renewing;
  }

  async #begin(signal: AbortSignal): Promise<void> {
    await this.#load(signal);
    while (!this.#held) {
      try {
        await this.#attempt("bootstrap", signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isKubernetesError(error, "CertificateRefused") || isKubernetesError(error, "InvalidCredentials"))
          throw error;
        await pause(this.#failed("bootstrap", error), signal);
      }
    }
  }

  /** Takes what is kept, if it is good for anything. */
  async #load(signal: AbortSignal): Promise<void> {
    const { nodeName, logger } = this.#options;
    const cluster = await this.#cluster(signal);
    const text = await this.#folder.read();
    if (text === undefined) return;
    let fault: string | undefined;
    try {
      const credential = credentialFromText(text);
      fault = faultOf(credential, { nodeName, cluster, now: new Date() });
      if (fault === undefined) this.#hold(credential);
    } catch (error) {
      fault = (error as Error).message;
    }
    const { path } = this.#folder;
    if (fault === undefined) logger?.debug({ path, renewAt: this.#held?.renewAt }, "the node has its certificate");
    else logger?.warn({ path }, `the node's client certificate is of no use, a new one is needed: ${fault}`);
  }

  #hold(credential: NodeCredential): void {
    const { validToDate: validTo } = new X509Certificate(credential.certificate);
    const renewAt = renewalMoment(credential.certificate, this.#options.renewal ?? defaultRenewal);
    this.#held = { credential, validTo, renewAt };
    this.#refused = undefined;
  }

  #isDue(): boolean {
    return this.#held !== undefined && new Date() >= this.#held.renewAt;
  }

  #hasExpired(): boolean {
    return this.#held !== undefined && new Date() >= this.#held.validTo;
  }

  #mustBootstrap(): boolean {
    return !this.#held || this.#hasExpired() || this.#refused === this.#held.credential.certificate;
  }

  /** Begins a renewal, unless one is under way or the last has just failed. */
  #renew(): void {
    const { signal } = this.#ending;
    if (this.#renewing || signal.aborted || performance.now() < this.#pausedUntilMs) return;
    const requester = this.#mustBootstrap() ? "bootstrap" : "node";
    this.#renewing = this.#attempt(requester, signal)
      .catch((error: unknown) => void (signal.aborted || this.#failed(requester, error)))
      .finally(() => (this.#renewing = undefined));
  }

  async #attempt(requester: Requester, signal: AbortSignal): Promise<void> {
    const { nodeName, bootstrap, expirationSeconds, logger } = this.#options;
    const connection = requester === "bootstrap" ? bootstrap : this.#asHeld();
    const [folder, current] = [this.#folder, this.#held?.credential];
    const cluster = await this.#cluster(signal);
    const common = { connection, requester, nodeName, cluster, folder, current } as const;
    this.#hold(await renewCredential({ ...common, expirationSeconds, logger, signal }));
    const { validTo, renewAt } = this.#held ?? {};
    logger?.info({ node: nodeName, validTo, renewAt }, "the cluster has given the node a client certificate");
  }

  /** Logs a failed attempt and gives the pause before the next. */
  #failed(requester: Requester, error: unknown): number {
    const retryInMs = Math.round(this.#backoff.next());
    this.#pausedUntilMs = performance.now() + retryInMs;
    const isUnknown = isKubernetesError(error) && error.code === 401 && requester === "bootstrap";
    // The server may have been wrong about the certificate, which the next request will show, and it may be the only way to another.
    if (requester === "bootstrap") this.#refused = undefined;
    const advice = isUnknown
      ? "; the cluster does not know the bootstrap token, it may have expired: give another"
      : "";
    const { logger, nodeName } = this.#options;
    logger?.warn({ err: error, node: nodeName, retryInMs }, `no new client certificate for the node yet${advice}`);
    return retryInMs;
  }

  async #cluster(signal: AbortSignal) {
    const { ca } = await this.#trust.read({ refresh: false, signal });
    return clusterMark(this.server, ca);
  }

  /** The same identity without renewal, for the renewal itself. */
  #asHeld(): Connection {
    const { certificate: cert, key } = this.#held?.credential ?? {};
    const { server, proxyUrl } = this;
    return {
      server,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
      credentials: async (call) => ({
        ...(await this.#trust.read(call)),
        ...(cert && key ? { cert, key } : {}),
      }),
    };
  }
}
