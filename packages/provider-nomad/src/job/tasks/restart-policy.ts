import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { isSidecar } from "@virtual-kubelet/pod-toolkit";
import type { NomadRestartPolicy } from "../../api/job.ts";
import { seconds } from "../duration.ts";

/** Five quick restarts in each five minutes: Nomad has no delays that grow, as a kubelet's do up to five minutes. */
const again: NomadRestartPolicy = { Attempts: 5, Interval: seconds(300), Delay: seconds(5), Mode: "delay" };

const never: NomadRestartPolicy = { Attempts: 0, Interval: seconds(300), Delay: seconds(5), Mode: "fail" };

const tenYears = seconds(10 * 365 * 24 * 60 * 60);

/**
 * A task that has failed for good takes its siblings with it. Where containers are never started again, and there are several, one that
 * fails is to be started again in ten years: the others run on.
 */
const muchLater: NomadRestartPolicy = { Attempts: 1, Interval: tenYears, Delay: tenYears, Mode: "delay" };

/** When the pod's containers are started again. */
export function podRestartPolicy({ spec }: Pod): NomadRestartPolicy {
  if (spec.restartPolicy !== "Never") return again;
  return spec.containers.length > 1 ? muchLater : never;
}

/** When a container is, where it differs from the pod's. */
export function initRestartPolicy({ spec }: Pod, container: Container): NomadRestartPolicy | undefined {
  if (spec.restartPolicy !== "Never") return undefined;
  return isSidecar(container) ? again : never;
}
