import { type Amounts, type Container, amountsOf } from "@virtual-kubelet/kubernetes";

/** What is asked for and what may be used, in thousandths of each resource's unit: 500n of `cpu` are half a core. */
export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * What one container asks for and may use: of what it limits and does not ask for, it asks for the limit.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
 */
export function containerResources({ resources }: Pick<Container, "resources">): Resources {
  const limits = amountsOf(resources?.limits);
  return { requests: new Map([...limits, ...amountsOf(resources?.requests)]), limits };
}
