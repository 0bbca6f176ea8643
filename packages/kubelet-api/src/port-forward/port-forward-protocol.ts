import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import type { PortForwarder } from "./port-forwarder.ts";
import { spdyPortForward } from "./spdy-port-forward.ts";
import { tunnelledPortForward } from "./tunnelled-port-forward.ts";
import { webSocketPortForward } from "./web-socket-port-forward.ts";

/** How a client will carry its connections: agreed on in HTTP, and not yet spoken. */
export interface PortForwardProtocol {
  /** `SPDY/3.1 portforward.k8s.io`, for people. */
  readonly name: string;
  /**
   * Leaves HTTP.
   *
   * @throws {HttpError} when the request is no valid handshake.
   */
  accept(exchange: Exchange, upgrade: Upgrade): Promise<PortForwardSession>;
}

/** A connection that has left HTTP. */
export interface PortForwardSession {
  /** Carries what the client asks for until the connection has ended. */
  run(forwarder: PortForwarder): Promise<void>;
}

/**
 * The protocol that a request to upgrade asks for and we speak.
 *
 * @throws {HttpError} 400 when it asks for none of them, or its ports are not right; 403 when it offers no version that we speak.
 */
export function requirePortForwardProtocol({ request, query }: Exchange): PortForwardProtocol {
  const wanted = request.headers.upgrade?.toLowerCase() ?? "";
  if (wanted === "spdy/3.1") return spdyPortForward(request);
  if (wanted === "websocket" && request.method === "GET") {
    return tunnelledPortForward(request) ?? webSocketPortForward(request, query);
  }
  throw new HttpError(
    400,
    "unable to upgrade: a request with Upgrade: SPDY/3.1, or a GET with Upgrade: websocket, is needed",
  );
}
