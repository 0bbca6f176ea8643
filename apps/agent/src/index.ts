/**
 * The launcher as a library: what a program needs that loads providers by name, as the `virtual-kubelet` command does.
 *
 * @example
 * ```ts
 * import { loadProvider } from "@virtual-kubelet/agent";
 * import { VirtualNode } from "virtual-kubelet";
 *
 * const { provider } = await loadProvider("process", [process.cwd()]);
 * const node = new VirtualNode({ name: "edge-1", provider: provider({}) });
 * await node.run();
 * ```
 */
export { agentLogger } from "./agent-logger.ts";
export type { AgentLoggerOptions, LogLevel } from "./agent-logger.ts";
export { loadProvider } from "./load-provider.ts";
export type { LoadOptions, LoadedProvider } from "./load-provider.ts";
export { UsageError } from "./usage-error.ts";
