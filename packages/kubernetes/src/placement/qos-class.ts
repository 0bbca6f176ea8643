import type { Container, Pod, ResourceRequirements } from "../objects/generated/kubernetes-objects.ts";
import { type Amounts, amountsOf, isPodLevel } from "./pod-requests.ts";

/** How soon the containers of a pod are killed when their node has too little. */
export type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

/**
 * A pod's class by what it asks for: `Guaranteed` when every container is limited in processor and memory and asks for as much, `BestEffort` when
 * none says anything of them, else `Burstable`. What the pod asks for as a whole is all that counts where it says it.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/helper/qos/qos.go (`ComputePodQOS`)
 */
export function qosClass({ spec }: Pick<Pod, "spec">): QosClass {
  const { resources: whole = {} } = spec;
  if (Object.keys({ ...whole.requests, ...whole.limits }).some(isPodLevel)) return classOf(whole);
  const containers: readonly Container[] = [...(spec.initContainers ?? []), ...spec.containers];
  return common(containers.map(({ resources }) => classOf(resources ?? {})));
}

function classOf({ requests, limits }: ResourceRequirements): QosClass {
  const [asked, allowed] = [amountsOf(requests), amountsOf(limits)];
  return common(["cpu", "memory"].map((name) => classOfOne(name, { asked, allowed })));
}

/** What is not said is zero, and zero counts as not said. */
function classOfOne(
  name: string,
  { asked, allowed }: { readonly asked: Amounts; readonly allowed: Amounts },
): QosClass {
  const limit = allowed.get(name) ?? 0n;
  if ((asked.get(name) ?? 0n) !== limit) return "Burstable";
  return limit === 0n ? "BestEffort" : "Guaranteed";
}

function common(classes: readonly QosClass[]): QosClass {
  const [first = "BestEffort", ...others] = classes;
  return others.every((each) => each === first) ? first : "Burstable";
}
