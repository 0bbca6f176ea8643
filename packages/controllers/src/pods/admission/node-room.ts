import { isDeepStrictEqual } from "node:util";
import { type Amounts, type ContainerPort, type Pod, podRequests } from "@virtual-kubelet/kubernetes";

/** A port of the node that a pod takes for itself. */
export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  /** All addresses of the node when empty. */
  readonly ip: string;
}

interface Share {
  readonly amounts: Amounts;
  readonly ports: readonly HostPort[];
}

/** What the pods that this node runs take of it. */
export class NodeRoom {
  readonly #shares = new Map<string, Share>();
  readonly #used = new Map<string, bigint>();

  /** How many pods there are. */
  get pods(): number {
    return this.#shares.size;
  }

  /** What they ask for in all, in thousandths. */
  get used(): Amounts {
    return this.#used;
  }

  /** Whether a pod of this UID is counted. */
  counts(uid: string): boolean {
    return this.#shares.has(uid);
  }

  /** Whether this is counted, and as this version has it. */
  has(pod: Pod): boolean {
    const amounts = this.#shares.get(pod.metadata.uid)?.amounts;
    return amounts !== undefined && isDeepStrictEqual(amounts, podRequests(pod));
  }

  /** Counts a pod, in its newest version. */
  take(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.has(pod)) return;
    const amounts = podRequests(pod);
    this.leave(uid);
    this.#shares.set(uid, { amounts, ports: hostPorts(pod) });
    for (const [name, amount] of amounts) this.#used.set(name, (this.#used.get(name) ?? 0n) + amount);
  }

  /** Whether there was one to be counted no more. */
  leave(uid: string): boolean {
    const share = this.#shares.get(uid);
    if (!share) return false;
    this.#shares.delete(uid);
    for (const [name, amount] of share.amounts) this.#used.set(name, (this.#used.get(name) ?? 0n) - amount);
    return true;
  }

  isTaken(port: HostPort): boolean {
    return [...this.#shares.values()].some(({ ports }) => ports.some((other) => collide(port, other)));
  }
}

export function hostPorts({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...sidecars, ...spec.containers]
    .flatMap<ContainerPort>(({ ports = [] }) => ports)
    .flatMap(({ hostPort, hostIP, protocol = "TCP" }) =>
      hostPort ? [{ protocol, port: hostPort, ip: hostIP && hostIP !== "0.0.0.0" ? hostIP : "" }] : [],
    );
}

function collide(one: HostPort, other: HostPort): boolean {
  const sameAddress = one.ip === "" || other.ip === "" || one.ip === other.ip;
  return one.protocol === other.protocol && one.port === other.port && sameAddress;
}
