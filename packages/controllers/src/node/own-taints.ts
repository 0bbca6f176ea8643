import { isKubernetesError, type Node, type Taint } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/** As `kubectl taint` takes it: `key=value:Effect`. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ""}:${effect}`;
}

/** All of the node's taints with ours among them; `undefined` when they are already. A taint is one by key and effect. */
export function withOwnTaints(shown: readonly Taint[], own: readonly Taint[]): readonly Taint[] | undefined {
  const isSame = (one: Taint, other: Taint): boolean => one.key === other.key && one.effect === other.effect;
  const isThere = (taint: Taint): boolean =>
    shown.some((each) => isSame(each, taint) && (each.value ?? "") === (taint.value ?? ""));
  if (own.every(isThere)) return undefined;
  return [...shown.filter((each) => !own.some((taint) => isSame(each, taint))), ...own];
}

/**
 * The taints of ours on a node that is there already: those that it lacks are added once after a start, for who takes one
 * away later means it. Under NodeRestriction a node may not: then they are left to others.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/admission/noderestriction/admission.go (`admitNode`)
 */
export class OwnTaints {
  readonly #node: { readonly name: string; readonly logger: Logger };
  readonly #handled = new Set<string>();

  constructor(node: { readonly name: string; readonly logger: Logger }) {
    this.#node = node;
  }

  /** `write` is given all taints that the node is to have. */
  async reconcile(
    { spec, metadata: { uid } }: Node,
    own: readonly Taint[],
    write: (taints: readonly Taint[]) => Promise<void>,
  ): Promise<void> {
    const due = own.filter((taint) => !this.#handled.has(`${uid} ${taintText(taint)}`));
    const taints = withOwnTaints(spec.taints ?? [], due);
    try {
      if (taints) await write(taints);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { name, logger } = this.#node;
      const command = `kubectl taint node ${name} ${due.map(taintText).join(" ")} --overwrite`;
      logger.warn(
        { taints: due },
        `a node may not set its taints once it is registered; somebody else may: ${command}`,
      );
    }
    this.registered(uid, due);
  }

  /** The node came into the cluster with these. */
  registered(uid: string, taints: readonly Taint[]): void {
    for (const taint of taints) this.#handled.add(`${uid} ${taintText(taint)}`);
  }
}

function isRefusal(error: unknown): boolean {
  return isKubernetesError(error, "Forbidden") && /is not allowed to modify taints/.test(error.message);
}
