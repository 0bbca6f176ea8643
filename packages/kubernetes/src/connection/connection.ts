/** What proves to the server who we are, and to us who the server is. All of it is text, certificates and keys are PEM. */
export interface Credentials {
  /** The authorities that may sign the server's certificate; absent: those of the system. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** The name to expect in the server's certificate instead of the one in the address. */
  readonly serverName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Sent with every request: `Impersonate-User`, or `Authorization` for what is no bearer token. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export interface CredentialsCall {
  /**
   * Look for newer ones. `true`: the server has just refused them; `"ca"`: the server could not be verified, and it is
   * enough to look for another CA.
   */
  readonly refresh: boolean | "ca";
  readonly signal: AbortSignal;
}

/** One cluster as one identity. */
export interface Connection {
  /** The address of the API server, perhaps with a path: `https://10.0.0.1:6443`. */
  readonly server: string;
  /** The namespace that is meant when none is named. */
  readonly namespace?: string;
  /** An HTTP proxy on the way to the server. */
  readonly proxyUrl?: string;
  /** Asked before every request, so it keeps what it found for as long as that is good. */
  credentials(call: CredentialsCall): Promise<Credentials> | Credentials;
}
