import { isKubernetesError } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

type Labels = Readonly<Record<string, string>>;

/**
 * The labels that a node sets on itself. Some it may not: of those under kubernetes.io and k8s.io all but a few, lest it draw
 * to itself what is not meant for it. The API server is believed rather than a list of these, which differs between versions;
 * what it refuses is left to others.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/admission/noderestriction/admission.go (`admitNode`)
 */
export class OwnLabels {
  readonly #node: { readonly name: string; readonly logger: Logger };
  readonly #refused = new Set<string>();

  constructor(node: { readonly name: string; readonly logger: Logger }) {
    this.#node = node;
  }

  /** Writes with the labels of `wanted` that are not refused; again with fewer when some are. */
  async write<T>(wanted: Labels, write: (labels: Labels) => Promise<T>): Promise<T> {
    const labels = Object.fromEntries(Object.entries(wanted).filter(([label]) => !this.#refused.has(label)));
    try {
      return await write(labels);
    } catch (error) {
      const refused = refusedLabels(error).filter((label) => label in labels);
      if (refused.length === 0) throw error;
      for (const label of refused) this.#refused.add(label);
      const { name, logger } = this.#node;
      const command = `kubectl label node ${name} ${refused.map((label) => `${label}=${labels[label]}`).join(" ")}`;
      logger.warn({ labels: refused }, `a node may not set these labels on itself; somebody else may: ${command}`);
      return this.write(wanted, write);
    }
  }
}

/** The labels for which a write of the node's object was refused; none when it was refused for another reason. */
export function refusedLabels(error: unknown): readonly string[] {
  if (!isKubernetesError(error, "Forbidden")) return [];
  const [, list = ""] = /is not allowed to (?:set the following|modify) labels: (.+)$/.exec(error.message) ?? [];
  return list.split(",").flatMap((label) => label.trim() || []);
}
