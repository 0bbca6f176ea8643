/**
 * The conformance suite for providers, as data: one check per sentence of the contract, for any test runner and for live
 * backends; and a context to lend to a provider in its own tests.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import type { DefinedProvider } from "@virtual-kubelet/provider";
 * import { conformance, shellWorkloads } from "@virtual-kubelet/provider-testkit";
 *
 * export function testsOf(provider: DefinedProvider, options: unknown): void {
 *   const target = { create: provider(options), workloads: shellWorkloads({ image: "busybox" }) };
 *   for (const check of conformance(target)) test(check.name, (runner) => check.run(runner).then(() => undefined));
 * }
 * ```
 */
export { checkAreas } from "./conformance-check.ts";
export type { CheckArea, CheckOutcome, CheckRunner, ConformanceCheck } from "./conformance-check.ts";
export type { ConformanceTarget } from "./conformance-target.ts";
export { conformance } from "./conformance.ts";
export { conformanceTable, withConformanceTable } from "./conformance-table.ts";
export type { TabledResult } from "./conformance-table.ts";
export { lendingContext } from "./context/lending-context.ts";
export type { FaultEnd, FaultName, Faults } from "./faults.ts";
export { runConformance } from "./run-conformance.ts";
export type { ConformanceResult, ConformanceRun } from "./run-conformance.ts";
export { shellWorkloads } from "./shell-workloads.ts";
export type { ShellWorkloadsOptions } from "./shell-workloads.ts";
export { defaultTimings } from "./timings.ts";
export type { Timings } from "./timings.ts";
export type {
  Commands,
  Ending,
  OutputLine,
  Printing,
  Workload,
  WorkloadMaker,
  WorkloadName,
  Workloads,
} from "./workloads.ts";
