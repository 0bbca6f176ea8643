import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { HttpError } from "../error-response.ts";
import type { ClientAuthorities } from "../tls/client-authorities.ts";
import { Authorization, type AuthorizationOptions, type NeededAccess } from "./authorization.ts";
import { bearerToken } from "./bearer-token.ts";
import { type Caller, authenticated, callerFromCertificate } from "./caller.ts";
import { TokenAuthentication } from "./token-authentication.ts";

export interface AccessControlOptions extends AuthorizationOptions {
  readonly authorities: ClientAuthorities;
  readonly tokenTtlMs: number;
}

/** Who may come in: by a client certificate or else a bearer token, and then by what the cluster says they may do. */
export class AccessControl {
  readonly #authorities: ClientAuthorities;
  readonly #tokens: TokenAuthentication;
  readonly #authorization: Authorization;

  constructor({ authorities, tokenTtlMs, ...options }: AccessControlOptions) {
    this.#authorities = authorities;
    this.#tokens = new TokenAuthentication({ ...options, cacheTtlMs: tokenTtlMs });
    this.#authorization = new Authorization(options);
  }

  /** @throws {HttpError} 401 for everybody who cannot prove who they are; there is no anonymous access. */
  async authenticate(request: IncomingMessage, signal: AbortSignal): Promise<Caller> {
    const socket = request.socket as TLSSocket;
    const peer = { trusted: this.#authorities.trusts(socket), certificate: socket.getPeerX509Certificate() };
    const known = callerFromCertificate(peer, new Date());
    if (known) return authenticated(known);
    const token = bearerToken(request.headers);
    const from = socket.remoteAddress ?? "";
    const owner = token === undefined ? undefined : await this.#tokens.callerOf(token, { from, signal });
    if (!owner) throw new HttpError(401, "Unauthorized");
    return authenticated(owner);
  }

  /** @throws {HttpError} 403 or 500 */
  async authorize(caller: Caller, needed: NeededAccess, signal: AbortSignal): Promise<void> {
    await this.#authorization.require(caller, needed, signal);
  }
}
