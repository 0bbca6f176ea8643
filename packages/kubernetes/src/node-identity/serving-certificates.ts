import { isIP } from "node:net";
import type { ServerNames } from "../certificates/certificate-request.ts";
import type { KeyPairPem } from "../certificates/issue-certificate.ts";
import { isKubernetesError } from "../client/kubernetes-error.ts";
import { pause } from "../client/pause.ts";
import type { Connection } from "../connection/connection.ts";
import { Backoff, type BackoffOptions } from "../watch/backoff.ts";
import type { WatchLogger } from "../watch/object-watch.ts";
import { CredentialFolder } from "./credential-folder.ts";
import { type ClusterMark, clusterMark, credentialFromText, faultOf, type NodeCredential } from "./node-credential.ts";
import { renewCredential } from "./renew-credential.ts";
import { defaultRenewal, renewalMoment, type RenewalShares } from "./renewal-moment.ts";

export interface ServingCertificatesOptions {
  readonly nodeName: string;
  /** As the node itself, `system:node:<nodeName>`: nobody else is given one. */
  readonly connection: Connection;
  /** The node's addresses: IP addresses or names. */
  readonly addresses: readonly string[];
  /** Where the certificate and its key are kept; made when it is not there. */
  readonly folder: string;
  readonly logger?: WatchLogger | undefined;
  /** When in a certificate's life it is renewed: at a random moment between these shares of it; 0.7 and 0.9 if not said. */
  readonly renewal?: RenewalShares | undefined;
  /** The pauses after failed attempts; from one second to one minute if not said. */
  readonly backoff?: BackoffOptions | undefined;
  readonly signal: AbortSignal;
}

/** Timers cannot be set for longer than some weeks, and do not count while a machine sleeps. */
const longestPauseMs = 60_000;

/**
 * The certificates by which a node serves, signed by its cluster: the one that is kept, if it is good for the node's present
 * addresses, and each new one, for ever until aborted. Somebody has to approve each request, which Kubernetes by itself does
 * not; what is waited for and what fails is logged.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation
 */
export async function* servingCertificates(
  options: ServingCertificatesOptions,
): AsyncGenerator<KeyPairPem, void, undefined> {
  const { nodeName, logger, signal, renewal = defaultRenewal } = options;
  const folder = new CredentialFolder(options.folder, nodeName, "server");
  const backoff = new Backoff({ minMs: 1_000, maxMs: 60_000, ...options.backoff });
  let held: NodeCredential | undefined;
  try {
    held = await kept(folder, options);
    for (;;) {
      if (held) {
        const { certificate, key } = held;
        const renewAt = renewalMoment(certificate, renewal);
        logger?.info({ node: nodeName, renewAt }, "the node serves by a certificate that its cluster has signed");
        yield { certificate, key };
        await until(renewAt, signal);
      }
      held = await renewed(folder, { ...options, current: held, retry: backoff });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function namesOf(addresses: readonly string[]): ServerNames {
  return {
    dnsNames: addresses.filter((address) => isIP(address) === 0),
    ipAddresses: addresses.filter((address) => isIP(address) !== 0),
  };
}

async function kept(
  folder: CredentialFolder,
  options: ServingCertificatesOptions,
): Promise<NodeCredential | undefined> {
  const { nodeName, addresses, logger } = options;
  const text = await folder.read();
  if (text === undefined) return undefined;
  let fault: string | undefined;
  try {
    const credential = credentialFromText(text);
    const use = { nodeName, server: namesOf(addresses), cluster: await clusterOf(options), now: new Date() };
    fault = faultOf(credential, use);
    if (fault === undefined) return credential;
  } catch (error) {
    fault = (error as Error).message;
  }
  logger?.warn({ path: folder.path }, `the node's serving certificate is of no use, a new one is needed: ${fault}`);
  return undefined;
}

interface Renewing extends ServingCertificatesOptions {
  readonly current: NodeCredential | undefined;
  readonly retry: Backoff;
}

/** Tries until there is one. */
async function renewed(folder: CredentialFolder, options: Renewing): Promise<NodeCredential> {
  const { connection, nodeName, addresses, current, logger, signal, retry } = options;
  const server = namesOf(addresses);
  for (;;) {
    try {
      const cluster = await clusterOf(options);
      const requester = "node";
      const common = { connection, requester, nodeName, server, cluster, folder, current } as const;
      return await renewCredential({ ...common, expirationSeconds: undefined, logger, signal });
    } catch (error) {
      signal.throwIfAborted();
      const retryInMs = Math.round(isKubernetesError(error, "CertificateRefused") ? longestPauseMs : retry.next());
      const what = "no new serving certificate for the node yet";
      logger?.warn({ err: error, node: nodeName, retryInMs }, what);
      await pause(retryInMs, signal);
    }
  }
}

async function clusterOf({ connection, signal }: ServingCertificatesOptions): Promise<ClusterMark> {
  const { ca } = await connection.credentials({ refresh: false, signal });
  return clusterMark(connection.server, ca);
}

async function until(moment: Date, signal: AbortSignal): Promise<void> {
  for (let leftMs = 0; (leftMs = moment.getTime() - Date.now()) > 0;)
    await pause(Math.min(leftMs, longestPauseMs), signal);
}
