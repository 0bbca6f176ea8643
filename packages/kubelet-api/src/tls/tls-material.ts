import type { SecureContextOptions } from "node:tls";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { ClientAuthorities } from "./client-authorities.ts";
import { selfSignedCertificate } from "./serving-certificate.ts";
import { checkServingPair, secureContext } from "./tls-options.ts";

export interface TlsMaterialOptions {
  readonly nodeName: string;
  readonly addresses?: readonly string[];
  readonly certificate?: KeyPairPem | AsyncIterable<KeyPairPem>;
  readonly clientCertificateAuthority: string | AsyncIterable<string>;
  readonly logger: Logger;
}

/** What is done with each value of something that changes. */
interface Following<T> {
  readonly values: AsyncIterable<T>;
  /** What it is, for the log. */
  readonly what: string;
  /** Throws when the value cannot be used. */
  readonly take: (value: T) => void;
}

/** The server's certificate and the authorities of its callers, which may both change while it runs. */
export class TlsMaterial implements Disposable {
  readonly authorities: ClientAuthorities = new ClientAuthorities();
  readonly #options: TlsMaterialOptions;
  readonly #iterators: AsyncIterator<unknown>[] = [];
  readonly #known = Promise.withResolvers<void>();
  #pair: KeyPairPem;
  #changed: () => void = () => {};

  /** @throws {TypeError} when what is given as it is, rather than as values to come, cannot be used. */
  constructor(options: TlsMaterialOptions) {
    this.#options = options;
    const { certificate, clientCertificateAuthority: authority, nodeName, addresses = [] } = options;
    // Signed by itself, until a better one comes: nobody waits for that.
    this.#pair = certificate && !isIterable(certificate) ? certificate : selfSignedCertificate(nodeName, addresses);
    checkServingPair(this.#pair);
    this.#known.promise.catch(() => {});
    if (isIterable(authority)) return;
    this.authorities.replace(authority);
    this.#known.resolve();
  }

  get context(): SecureContextOptions {
    return secureContext(this.#pair, this.authorities.blocks);
  }

  /** Begins to follow what changes. Resolves when the authorities are known; rejects when they never will be. */
  async follow(changed: () => void): Promise<void> {
    this.#changed = changed;
    const { certificate, clientCertificateAuthority: authority } = this.#options;
    if (certificate && isIterable(certificate)) {
      const take = (pair: KeyPairPem): void => {
        checkServingPair(pair);
        this.#pair = pair;
      };
      void this.#follow({ values: certificate, what: "serving certificate", take });
    }
    if (isIterable(authority)) {
      const take = (pem: string): void => {
        try {
          this.authorities.replace(pem);
          this.#known.resolve();
        } catch (error) {
          // Of the first it is better to hear at the start than to wait for another.
          this.#known.reject(error);
          throw error;
        }
      };
      void this.#follow({ values: authority, what: "client certificate authority", take }).then((error) =>
        this.#known.reject(error ?? new Error("The client certificate authority of the kubelet API was never told.")),
      );
    }
    await this.#known.promise;
  }

  [Symbol.dispose](): void {
    for (const iterator of this.#iterators) iterator.return?.()?.catch(() => {});
  }

  /** Gives why it ended, if that was an error. */
  async #follow<T>({ values, what, take }: Following<T>): Promise<unknown> {
    const { logger } = this.#options;
    const iterator = values[Symbol.asyncIterator]();
    this.#iterators.push(iterator);
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        try {
          take(next.value);
          this.#changed();
          logger.info(`the kubelet API has a new ${what}`);
        } catch (err) {
          logger.error({ err }, `a new ${what} of the kubelet API cannot be used; the one before stays`);
        }
      }
      return undefined;
    } catch (err) {
      logger.error({ err }, `the kubelet API hears of no new ${what} any more`);
      return err;
    }
  }
}

function isIterable<T>(value: object | string | AsyncIterable<T>): value is AsyncIterable<T> {
  return typeof value === "object" && Symbol.asyncIterator in value;
}
