import { type Socket, connect } from "node:net";
import { type PodRef, type PortCall, ProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../requests.ts";
import { currentAllocation } from "../watch/current-allocation.ts";

const connectTimeoutMs = 10_000;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A connection to a port that Nomad has given to the pod: on the client's own address, where any may be another's, no other port. */
export async function forwardToTask(
  client: NomadClient,
  { jobId, pod }: { readonly jobId: string; readonly pod: PodRef },
  call: PortCall,
): Promise<Socket> {
  const stub = currentAllocation(await client.json<readonly NomadAllocation[]>(requests.allocations(jobId), call));
  if (stub?.ClientStatus !== "running") {
    throw new ProviderError(
      "NotFound",
      `pod "${pod.namespace}/${pod.name}" does not run; see \`kubectl describe pod\``,
    );
  }
  // Only the whole allocation has the address of a network of its own.
  const allocation = await client.json<NomadAllocation>(requests.allocation(stub.ID), call);
  const address = addressOf(allocation, { pod, port: call.port });
  return dial(address, { pod, call });
}

function addressOf(
  { AllocatedResources, NetworkStatus }: NomadAllocation,
  { pod, port }: { readonly pod: PodRef; readonly port: number },
): Address {
  const { Ports, Networks } = AllocatedResources?.Shared ?? {};
  // By the port in the pod, or by the one that the client has in its place.
  const own =
    (Ports ?? []).find(({ To, Value }) => (To > 0 ? To : Value) === port) ??
    (Ports ?? []).find(({ Value }) => Value === port);
  if (own) return { host: own.HostIP || Networks?.[0]?.IP || "", port: own.Value };
  const mode = Networks?.[0]?.Mode ?? "host";
  if (mode !== "host" && mode !== "none" && NetworkStatus?.Address) return { host: NetworkStatus.Address, port };
  const advice = "name it in the container's `ports`, so that Nomad gives it to the pod";
  throw new ProviderError(
    "Unavailable",
    `port ${port} is not pod "${pod.namespace}/${pod.name}"'s: it shares the network of its Nomad client; ${advice}`,
  );
}

/** A socket that the signal destroys, now or later. */
function dial(
  { host, port }: Address,
  { pod, call: { signal } }: { readonly pod: PodRef; readonly call: PortCall },
): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const destroy = (): void => void socket.destroy();
  signal.addEventListener("abort", destroy);
  if (signal.aborted) destroy();
  const deadline = setTimeout(destroy, connectTimeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.once("connect", () => {
    clearTimeout(deadline);
    resolve(socket);
  });
  let cause: unknown;
  // Stays for as long as the socket does: between here and its user an error must not be an uncaught one.
  socket.on("error", (error) => (cause = error));
  socket.once("close", () => {
    clearTimeout(deadline);
    signal.removeEventListener("abort", destroy);
    const what = `nothing answers at ${host}:${port}, where Nomad has put this port of pod "${pod.namespace}/${pod.name}"`;
    reject(new ProviderError("Unavailable", what, { cause }));
  });
  return promise;
}
