import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { spdyCommandProtocol } from "../spdy/spdy-command-protocol.ts";
import { webSocketCommandProtocol } from "../web-socket/web-socket-command-protocol.ts";
import type { StreamSelection } from "./command-options.ts";
import type { CommandStreams } from "./command-streams.ts";

/** How client and node will carry a command's streams: agreed on in HTTP, and not yet spoken. */
export interface CommandProtocol {
  /** `SPDY/3.1 v4.channel.k8s.io`, for people. */
  readonly name: string;
  /**
   * Leaves HTTP.
   *
   * @throws {HttpError} when the request is no valid handshake.
   * @throws {Error} when HTTP has been left and the client does not do its part.
   */
  accept(exchange: Exchange, upgrade: Upgrade, selection: StreamSelection): Promise<CommandStreams>;
}

/**
 * The protocol that a request to upgrade asks for and we speak.
 *
 * @throws {HttpError} 400 when it asks for none of them, 403 when the node speaks none of the versions that are offered.
 */
export function requireCommandProtocol({ request }: Exchange): CommandProtocol {
  const wanted = request.headers.upgrade?.toLowerCase() ?? "";
  if (wanted === "spdy/3.1") return spdyCommandProtocol(request);
  if (wanted === "websocket" && request.method === "GET") return webSocketCommandProtocol(request);
  throw new HttpError(
    400,
    "unable to upgrade: a request with Upgrade: SPDY/3.1, or a GET with Upgrade: websocket, is needed",
  );
}
