/**
 * A provider that keeps its pods in memory, for tests and benchmarks: they run as soon as they are created, and do nothing.
 *
 * @example
 * ```ts
 * import { mock } from "@virtual-kubelet/provider-mock";
 * import type { ProviderFactory } from "@virtual-kubelet/provider";
 *
 * export const provider: ProviderFactory = mock({ startDelayMs: 100 });
 * ```
 */
export { MockBackend } from "./mock-backend.ts";
export { mockOptions } from "./options.ts";
export type { MockOptions, ResolvedMockOptions } from "./options.ts";
export { mock, mock as provider, mockProvider } from "./provider.ts";
