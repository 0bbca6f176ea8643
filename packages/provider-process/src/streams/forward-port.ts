import { type Socket, connect } from "node:net";
import { type PodRef, type PortCall, ProviderError } from "@virtual-kubelet/provider";
import type { SupervisorClient } from "../client.ts";
import type { ReachableAddress } from "../protocol/messages.ts";

const connectTimeoutMs = 10_000;

/**
 * A connection to a port on which a process of the pod listens, at whatever address of this host. Pods share the host's
 * network, and what else listens there is not theirs: so the listener has to be the pod's before the connection is made,
 * and still the same one afterwards, before a byte is sent.
 *
 * What remains: a process of the same user that shares a port on purpose (SO_REUSEPORT) can take a connection when it comes
 * and goes between the two looks; and a pod may itself pass on what it gets.
 */
export async function forwardToPod(client: SupervisorClient, pod: PodRef, call: PortCall): Promise<Socket> {
  const { port, signal } = call;
  if (process.platform !== "linux") {
    throw new ProviderError("Unsupported", "Only Linux tells whether a port is a pod's or another process's.");
  }
  const listeners = () => client.request("findPort", { uid: pod.uid, port }, { signal });
  for (const { address, inodes } of (await listeners()).addresses) {
    const socket = await tryConnect(address, call);
    if (!socket) continue;
    const after = await listeners().catch(() => undefined);
    if (!socket.destroyed && after?.addresses.some((each) => isSame(each, { address, inodes }))) return socket;
    socket.destroy();
  }
  throw new ProviderError("Unavailable", `pod "${pod.namespace}/${pod.name}" does not listen on port ${port}`);
}

function isSame(a: ReachableAddress, b: ReachableAddress): boolean {
  return a.address === b.address && a.inodes.join() === b.inodes.join();
}

/** A socket that the signal destroys, now or later; `undefined` when nobody takes the connection in time. */
function tryConnect(host: string, { port, signal }: PortCall): Promise<Socket | undefined> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const destroy = () => socket.destroy();
  signal.addEventListener("abort", destroy);
  if (signal.aborted) destroy();
  const deadline = setTimeout(destroy, connectTimeoutMs);
  return new Promise((resolve) => {
    socket.once("connect", () => {
      clearTimeout(deadline);
      resolve(socket);
    });
    // Stays for as long as the socket does: between here and its user an error must not be an uncaught one.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", destroy);
      resolve(undefined);
    });
  });
}
