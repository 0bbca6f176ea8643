import type { Endpoint } from "./endpoint.ts";

export interface PodContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The path of a pod's streams: of a command when there is one, else of the container's own process. */
export function commandPath(
  { dialect }: Endpoint,
  { namespace, pod, container }: PodContainer,
  { command, streams }: { readonly command?: readonly string[]; readonly streams: readonly StreamName[] },
): string {
  const verb = command ? "exec" : "attach";
  const query = new URLSearchParams((command ?? []).map((word): [string, string] => ["command", word]));
  for (const name of streams) {
    if (dialect === "node") query.set(wordsOfNodes[name], "1");
    else query.set(name, "true");
  }
  if (dialect === "node") return `/${verb}/${namespace}/${pod}/${container}?${query.toString()}`;
  query.set("container", container);
  return `/api/v1/namespaces/${namespace}/pods/${pod}/${verb}?${query.toString()}`;
}

export type StreamName = "stdin" | "stdout" | "stderr" | "tty";

const wordsOfNodes: Readonly<Record<StreamName, string>> = {
  stdin: "input",
  stdout: "output",
  stderr: "error",
  tty: "tty",
};

export function logsPath({ dialect }: Endpoint, { namespace, pod, container }: PodContainer, query = ""): string {
  return dialect === "node"
    ? `/containerLogs/${namespace}/${pod}/${container}?${query}`
    : `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}&${query}`;
}

export function portForwardPath({ dialect }: Endpoint, { namespace, pod }: PodContainer, port?: number): string {
  const query = port === undefined ? "" : `?${dialect === "node" ? "port" : "ports"}=${port}`;
  return dialect === "node"
    ? `/portForward/${namespace}/${pod}${query}`
    : `/api/v1/namespaces/${namespace}/pods/${pod}/portforward${query}`;
}
