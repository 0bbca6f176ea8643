import { type Socket, connect } from "node:net";
import type { PodSpec } from "@virtual-kubelet/kubernetes";
import { type PodRef, type PortCall, ProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import { nameOf } from "../pods/scope.ts";
import { currentAllocation } from "../watch/current-allocation.ts";

const connectTimeoutMs = 10_000;

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * A connection to a port of the pod. In a network of its own, that is any; where it shares its client's, the ports that it names: what
 * else listens there is not the pod's.
 */
export async function forwardToTask(
  client: NomadClient,
  target: { readonly jobId: string; readonly pod: PodRef; readonly spec: PodSpec | undefined },
  call: PortCall,
): Promise<Socket> {
  const { jobId, pod } = target;
  const stub = currentAllocation(await client.json<readonly NomadAllocation[]>(requests.jobAllocations(jobId), call));
  if (stub?.ClientStatus !== "running") {
    throw new ProviderError("NotFound", `pod "${nameOf(pod)}" does not run; see \`kubectl describe pod\``);
  }
  // Only the whole allocation has the address of a network of its own.
  const allocation = await client.json<NomadAllocation>(requests.allocation(stub.ID), call);
  return dial(addressOf(allocation, { ...target, port: call.port }), { pod, call });
}

function addressOf(
  { AllocatedResources, NetworkStatus }: NomadAllocation,
  { pod, spec, port }: { readonly pod: PodRef; readonly spec: PodSpec | undefined; readonly port: number },
): Address {
  const { Ports, Networks } = AllocatedResources?.Shared ?? {};
  // By the port in the pod; it may have another one on the client.
  const own = (Ports ?? []).find(({ To, Value }) => (To > 0 ? To : Value) === port);
  if (own) return { host: own.HostIP || Networks?.[0]?.IP || "", port: own.Value };
  const { Mode = "host", IP = "" } = Networks?.[0] ?? {};
  if (Mode !== "host" && NetworkStatus?.Address) return { host: NetworkStatus.Address, port };
  if (Mode === "host" && IP && namedPorts(spec).includes(port)) return { host: IP, port };
  const advice = "name it in the container's `ports`";
  throw new ProviderError("Unavailable", `port ${port} is not one of pod "${nameOf(pod)}": ${advice}`);
}

function namedPorts(spec: PodSpec | undefined): readonly number[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
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
    const what = `nothing answers at ${host}:${port}, where Nomad has put this port of pod "${nameOf(pod)}"`;
    reject(new ProviderError("Unavailable", what, { cause }));
  });
  return promise;
}
