import type { Pod, Service, ServicePort } from "@virtual-kubelet/kubernetes";

/** Where pods of this node reach the API server: they run outside of the cluster's network, which alone knows its Service. */
export interface ApiServerForPods {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** PEM. Whose certificate it shows there; the cluster's own authority when absent. */
  readonly certificateAuthority?: string;
}

/**
 * Where a pod finds services: that of the API server always, those of its own namespace unless it wants no `enableServiceLinks`.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`getServiceEnvVarMap`)
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/envvars/envvars.go
 */
export function serviceVariables(
  { metadata, spec }: Pod,
  services: readonly Service[],
  apiServer?: ApiServerForPods,
): ReadonlyMap<string, string> {
  const seen = new Map<string, Endpoint>();
  for (const service of services) {
    const { namespace, name } = service.metadata;
    const isOwn = namespace === metadata.namespace && spec.enableServiceLinks !== false;
    // One of the pod's namespace that has the API server's name takes its place.
    if (isOwn || (isMaster(service) && !seen.has(name))) {
      const endpoint = endpointOf(service);
      if (endpoint) seen.set(name, endpoint);
    }
  }
  if (apiServer) seen.set("kubernetes", endpointFor(apiServer));
  const inOrder = [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(inOrder.flatMap(([name, endpoint]) => variablesOf(name, endpoint)));
}

interface Endpoint {
  readonly host: string;
  readonly ports: readonly ServicePort[];
}

function isMaster({ metadata: { namespace, name } }: Service): boolean {
  return namespace === "default" && name === "kubernetes";
}

/** None for a service without an address of its own. */
function endpointOf({ spec: { clusterIP = "", ports = [] } }: Service): Endpoint | undefined {
  return clusterIP === "" || clusterIP === "None" ? undefined : { host: clusterIP, ports };
}

function endpointFor({ host, port }: ApiServerForPods): Endpoint {
  return { host, ports: [{ name: "https", port, protocol: "TCP" }] };
}

type Entry = readonly [name: string, value: string];

function variablesOf(service: string, { host, ports }: Endpoint): Entry[] {
  const name = variableName(service);
  const [first] = ports;
  return [
    [`${name}_SERVICE_HOST`, host],
    ...(first ? [[`${name}_SERVICE_PORT`, String(first.port)] as const] : []),
    ...ports.flatMap(({ name: port, port: number }): Entry[] =>
      port ? [[`${name}_SERVICE_PORT_${variableName(port)}`, String(number)]] : [],
    ),
    ...(first ? [[`${name}_PORT`, addressOf(host, first)] as const] : []),
    ...ports.flatMap((port) => linkVariables(name, host, port)),
  ];
}

/** As Docker once told linked containers of each other. */
function linkVariables(name: string, host: string, port: ServicePort): Entry[] {
  const protocol = protocolOf(port);
  const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
  return [
    [prefix, addressOf(host, port)],
    [`${prefix}_PROTO`, protocol.toLowerCase()],
    [`${prefix}_PORT`, String(port.port)],
    [`${prefix}_ADDR`, host],
  ];
}

function addressOf(host: string, port: ServicePort): string {
  return `${protocolOf(port).toLowerCase()}://${host.includes(":") ? `[${host}]` : host}:${port.port}`;
}

function protocolOf({ protocol }: ServicePort): string {
  return protocol || "TCP";
}

function variableName(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
