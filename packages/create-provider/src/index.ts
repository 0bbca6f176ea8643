/**
 * Makes the package of a new provider: `npm create @virtual-kubelet/provider acme`.
 *
 * @example
 * ```ts
 * import { type Scaffold, scaffold } from "@virtual-kubelet/create-provider";
 *
 * export function makeAcme(directory: string): Promise<Scaffold> {
 *   return scaffold({ name: "acme", directory });
 * }
 * ```
 */
export { scaffold } from "./scaffold.ts";
export type { Scaffold, ScaffoldOptions } from "./scaffold.ts";
export { UsageError } from "./usage-error.ts";
