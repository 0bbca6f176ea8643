import type { Pod } from "@virtual-kubelet/kubernetes";
import { badRequest } from "../api-error.ts";

/** The container that is meant: the one named, or the only one. Throws `BadRequest` as the real server does. */
export function podContainer(pod: Pod, named: string | null): string {
  const containers = pod.spec.containers.map((container) => container.name);
  const initContainers = (pod.spec.initContainers ?? []).map((container) => container.name);
  const all = [
    ...initContainers,
    ...containers,
    ...(pod.spec.ephemeralContainers ?? []).map((container) => container.name),
  ];
  const { name } = pod.metadata;
  if (named) {
    if (!all.includes(named)) throw badRequest(`container ${named} is not valid for pod ${name}`);
    return named;
  }
  const [only, ...more] = containers;
  if (only !== undefined && more.length === 0) return only;
  const init = initContainers.length > 0 ? ` or one of the init containers: [${initContainers.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(" ")}]${init}`,
  );
}
