/**
 * End to end: the agent on a cluster, through that cluster's API alone. One suite, and a list of targets.
 *
 * ```sh
 * npm run e2e                            # the embedded cluster and the default control planes
 * npm run e2e -- --kubernetes 1.34,1.33  # these instead
 * npm run e2e -- --record                # what it finds goes into docs/compatibility.md
 * ```
 *
 * @packageDocumentation
 */
export { inOwnNetwork, networkEnvironment } from "./run/own-network.ts";
export { recordRun, writeCompatibility } from "./compatibility/kept-records.ts";
export { embedded, type Target, targetNamed, targetVariable } from "./targets/target.ts";
