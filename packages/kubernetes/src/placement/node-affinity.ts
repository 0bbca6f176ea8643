import type { Node, NodeSelectorTerm, Pod } from "../objects/generated/kubernetes-objects.ts";
import { meets } from "./label-selector.ts";

/** Whether a node is one that the pod asks for: by `nodeSelector` and by the affinity that is required. */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  // A template may come with an affinity that has no terms: that is no node, not the end of all scheduling.
  const terms: readonly NodeSelectorTerm[] | undefined = required?.nodeSelectorTerms;
  return selected && (!required || (terms?.some((term) => matchesTerm(term, node)) ?? false));
}

/** The sum of the weights of the preferences that a node meets. */
export function preferenceOf(pod: Pod, node: Node): number {
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, { preference, weight }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
}

/** An empty or absent term matches nothing. The only field is `metadata.name`. */
function matchesTerm(term: NodeSelectorTerm | undefined, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term ?? {};
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { "metadata.name": node.metadata.name };
  return (
    matchExpressions.every((requirement) => meets(requirement, node.metadata.labels ?? {})) &&
    matchFields.every((requirement) => meets(requirement, fields))
  );
}
