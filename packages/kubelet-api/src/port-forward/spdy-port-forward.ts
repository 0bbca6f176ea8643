import type { IncomingMessage } from "node:http";
import { acceptSpdy, requireStreamProtocol } from "../spdy/accept-spdy.ts";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import type { PortForwardProtocol } from "./port-forward-protocol.ts";
import { SpdyPortSession } from "./spdy-port-session.ts";

/** The one version that there is. */
const portForwardVersion = "portforward.k8s.io";

/** @throws {HttpError} 400 or 403 when the request does not offer it. */
export function spdyPortForward(request: IncomingMessage): PortForwardProtocol {
  const version = requireStreamProtocol(request, { speaks: [portForwardVersion] });
  return {
    name: `SPDY/3.1 ${version}`,
    accept: async ({ controller, services: { timeouts, streamQuota: quota } }, upgrade) => {
      const connection = new SpdyConnection(acceptSpdy(upgrade, version), { controller, timeouts, quota });
      return new SpdyPortSession(connection, timeouts);
    },
  };
}
