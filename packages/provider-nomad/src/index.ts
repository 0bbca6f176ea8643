/**
 * A provider whose pods are jobs of HashiCorp Nomad.
 *
 * @example
 * ```ts
 * import { nomad } from "@virtual-kubelet/provider-nomad";
 * import { VirtualNode } from "virtual-kubelet";
 *
 * const node = new VirtualNode({ name: "nomad", provider: nomad({ address: "http://127.0.0.1:4646", driver: "docker" }) });
 * await node.run();
 * ```
 */
export type { NomadDriver } from "./job/drivers.ts";
export { nomadOptions } from "./options.ts";
export type { NomadOptions, ResolvedNomadOptions } from "./options.ts";
export { nomad, nomad as provider } from "./provider.ts";
