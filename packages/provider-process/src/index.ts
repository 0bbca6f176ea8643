/**
 * A provider whose containers are processes of this host, kept by a supervisor that outlives the agent.
 *
 * @example
 * ```ts
 * import { processes } from "@virtual-kubelet/provider-process";
 * import { VirtualNode } from "virtual-kubelet";
 *
 * const node = new VirtualNode({ name: "workshop", provider: processes({ capacity: { pods: "20" } }) });
 * await node.run();
 * ```
 */
export { stopSupervisor } from "./client.ts";
export type { StopSupervisorOptions } from "./client.ts";
export type { Image, Images } from "./images/image.ts";
export { processOptions } from "./options.ts";
export type { ProcessCapacity, ProcessOptions, ResolvedProcessOptions } from "./options.ts";
export { processes, processes as provider } from "./provider.ts";
