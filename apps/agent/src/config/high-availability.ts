import type { HighAvailability } from "virtual-kubelet";
import { UsageError } from "../usage-error.ts";
import type { Config } from "./config-schema.ts";
import { milliseconds } from "./values/milliseconds.ts";
import { present } from "./present.ts";

const flags = {
  leaderElectLease: "--leader-elect-lease",
  leaderElectResourceNamespace: "--leader-elect-resource-namespace",
  leaderElectLeaseDuration: "--leader-elect-lease-duration",
  leaderElectRenewDeadline: "--leader-elect-renew-deadline",
  leaderElectRetryPeriod: "--leader-elect-retry-period",
} as const;

/** Whether and how agents of one node decide which of them acts. Throws a `UsageError` when the settings do not fit together. */
export function highAvailability(config: Config): HighAvailability | undefined {
  const { leaderElect, leaderElectLease: lease, leaderElectResourceNamespace: namespace } = config;
  if (!leaderElect) {
    const said = Object.entries(flags).find(([key]) => config[key as keyof typeof flags] !== undefined);
    if (said) throw new UsageError(`${said[1]} says how agents elect the one that acts: give --leader-elect too.`);
    return undefined;
  }
  if (lease === "node" && namespace !== undefined)
    throw new UsageError("--leader-elect-resource-namespace is for a lease of its own; that of a node has its place.");
  const times = {
    durationMs: lengthOf(config.leaderElectLeaseDuration),
    deadlineMs: lengthOf(config.leaderElectRenewDeadline),
    renewMs: lengthOf(config.leaderElectRetryPeriod),
  };
  return present({ lease, namespace, times });
}

function lengthOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : milliseconds(duration);
}
