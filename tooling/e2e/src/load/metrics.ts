import { Quantity } from "@virtual-kubelet/kubernetes";
import type { Workbench } from "../suite/workbench.ts";

/** What something used on average over a time, and what it held at its end. */
export interface Usage {
  /** When that time ended, as an ISO string: no two have the same. */
  readonly timestamp: string;
  readonly windowMs: number;
  readonly milliCpu: number;
  readonly mebibytes: number;
}

interface Metrics {
  readonly timestamp: string;
  /** `10.5s` */
  readonly window: string;
}

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** What metrics-server tells of the only container of a pod: throws while it knows of none. */
export async function usageOfPod(it: Workbench, pod: string): Promise<Usage> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${it.namespace}/pods/${pod}`;
  const metrics = await it.client.request<Metrics & { readonly containers: readonly { readonly usage: Amounts }[] }>({
    method: "GET",
    path,
  });
  const [container] = metrics.containers;
  if (!container) throw new Error(`There are no metrics of pod ${pod}`);
  return usage(metrics, container.usage);
}

export async function usageOfNode(it: Workbench, node: string): Promise<Usage> {
  const path = `/apis/metrics.k8s.io/v1beta1/nodes/${node}`;
  const metrics = await it.client.request<Metrics & { readonly usage: Amounts }>({ method: "GET", path });
  return usage(metrics, metrics.usage);
}

function usage({ timestamp, window }: Metrics, { cpu, memory }: Amounts): Usage {
  const parsed = /^(?:(?<minutes>\d+)m)?(?<seconds>[\d.]+)s$/.exec(window)?.groups;
  return {
    timestamp,
    windowMs: (Number(parsed?.["minutes"] ?? 0) * 60 + Number(parsed?.["seconds"])) * 1000,
    milliCpu: Quantity.parse(cpu).toNumber() * 1000,
    mebibytes: Quantity.parse(memory).toNumber() / 2 ** 20,
  };
}

/** What a container has used in all, by `/metrics/resource`: seconds of processor time, and when it began. */
export interface Counter {
  readonly cpuSeconds: number;
  readonly startedAt: number;
}

export async function counterOf(it: Workbench, node: string, pod: string): Promise<Counter> {
  const text = await it.succeed("get", "--raw", `/api/v1/nodes/${node}/proxy/metrics/resource`);
  const value = (name: string): number => {
    const line = text
      .split("\n")
      .find((each) => each.startsWith(`${name}{`) && each.includes(`pod="${pod}"`) && each.includes(it.namespace));
    if (line === undefined) throw new Error(`There is no ${name} of pod ${pod} in:\n${text}`);
    return Number(
      line
        .slice(line.lastIndexOf("}") + 1)
        .trim()
        .split(" ")[0],
    );
  };
  return {
    cpuSeconds: value("container_cpu_usage_seconds_total"),
    startedAt: value("container_start_time_seconds"),
  };
}
