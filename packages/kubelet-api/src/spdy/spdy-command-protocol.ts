import type { IncomingMessage } from "node:http";
import type { CommandProtocol } from "../remote-command/command-protocol.ts";
import { acceptSpdy, requireStreamProtocol } from "./accept-spdy.ts";
import { SpdyCommandStreams } from "./spdy-command-streams.ts";
import { SpdyConnection } from "./spdy-connection.ts";

/** Best first. Kubernetes: `k8s.io/apimachinery/pkg/util/remotecommand`. Version 5 differs from 4 only over WebSocket. */
const versions = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"] as const;

/** @throws {HttpError} 400 or 403 when the request offers no version that we speak. */
export function spdyCommandProtocol(request: IncomingMessage): CommandProtocol {
  const version = requireStreamProtocol(request, { speaks: versions, alike: { "v5.channel.k8s.io": versions[0] } });
  return {
    name: `SPDY/3.1 ${version}`,
    accept: async ({ controller, services: { timeouts, streamQuota: quota } }, upgrade, selection) => {
      const connection = new SpdyConnection(acceptSpdy(upgrade, version), { controller, timeouts, quota });
      return SpdyCommandStreams.open(connection, { selection, version, timeouts });
    },
  };
}
