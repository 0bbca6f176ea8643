import { type Connection, KubernetesError } from "@virtual-kubelet/kubernetes";
import type { Fence } from "./term.ts";

/**
 * The same connection, by which no request starts once the fence is closed: it fails with reason `Closed`. So an agent that
 * wakes up too late overwrites nothing of what its successor has reported, and its provider learns no more secrets.
 */
export function fencedConnection(connection: Connection, fence: Fence): Connection {
  const { server, namespace, proxyUrl } = connection;
  return {
    server,
    ...(namespace === undefined ? {} : { namespace }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    // Asked before every request.
    credentials(call) {
      try {
        fence.throwIfOver();
      } catch (cause) {
        throw new KubernetesError("Closed", (cause as Error).message, { cause });
      }
      return connection.credentials(call);
    },
  };
}
