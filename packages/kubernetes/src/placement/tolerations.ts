import type { Taint, Toleration } from "../objects/generated/kubernetes-objects.ts";

/** Whether a toleration covers a taint: an empty key with `Exists` covers all, an empty effect every effect (`Toleration.ToleratesTaint`). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return toleration.key !== undefined && (toleration.value ?? "") === (taint.value ?? "");
}

/** The taints that none of the tolerations covers. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[] = []): readonly Taint[] {
  return taints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/**
 * How many seconds a pod may stay on a node with these `NoExecute` taints: the least that its tolerations allow, 0 when it does not tolerate
 * one of them, undefined for ever.
 */
export function toleratedSeconds(taint: Taint, tolerations: readonly Toleration[] = []): number | undefined {
  const covering = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (covering.length === 0) return 0;
  const limits = covering.flatMap(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? [] : [tolerationSeconds],
  );
  return limits.length === 0 ? undefined : Math.max(0, Math.min(...limits));
}
