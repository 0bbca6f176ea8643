/**
 * Makes the package of a new provider: `npm create @virtual-kubelet/provider acme`.
 *
 * @example
 * ```ts
 * import { scaffold } from "@virtual-kubelet/create-provider";
 *
 * export const made = await scaffold({ name: "acme", directory: "provider-acme" });
 * ```
 */
export { scaffold } from "./scaffold.ts";
export type { Scaffold, ScaffoldOptions } from "./scaffold.ts";
export { UsageError } from "./usage-error.ts";
