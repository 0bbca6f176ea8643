import type { Connection, Credentials, CredentialsCall } from "../connection/connection.ts";

export type Trust = Pick<Credentials, "ca" | "serverName" | "insecureSkipTlsVerify">;

const maxAgeMs = 60_000;

/** By what a connection knows its server, without what proves who we are. */
export class ServerTrust {
  readonly #connection: Connection;
  #known: { readonly trust: Trust; readonly readAtMs: number } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What was read once is kept when the connection can no longer give its credentials: their other half may have expired. */
  async read(call: CredentialsCall): Promise<Trust> {
    const known = this.#known;
    if (known && !call.refresh && performance.now() - known.readAtMs < maxAgeMs) return known.trust;
    try {
      const { ca, serverName, insecureSkipTlsVerify } = await this.#connection.credentials({
        ...call,
        // What was refused is ours: nobody need be asked to prove more than before.
        refresh: call.refresh && "ca",
      });
      const trust = {
        ...(ca === undefined ? {} : { ca }),
        ...(serverName === undefined ? {} : { serverName }),
        ...(insecureSkipTlsVerify === undefined ? {} : { insecureSkipTlsVerify }),
      };
      this.#known = { trust, readAtMs: performance.now() };
      return trust;
    } catch (error) {
      if (!known || call.signal.aborted) throw error;
      return known.trust;
    }
  }
}
