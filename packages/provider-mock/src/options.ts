import { z } from "zod";

/** What the mock takes. Delays are in milliseconds. */
export interface MockOptions {
  /** What the node has to give, by resource: 64 CPUs, 256Gi and 10,000 pods when absent. */
  readonly capacity?: Record<string, string> | undefined;
  readonly startDelayMs?: number | undefined;
  readonly stopDelayMs?: number | undefined;
}

/** The options with their defaults filled in. */
export interface ResolvedMockOptions {
  readonly capacity: Record<string, string>;
  readonly startDelayMs: number;
  readonly stopDelayMs: number;
}

export const mockOptions: z.ZodType<ResolvedMockOptions, MockOptions> = z.strictObject({
  capacity: z
    .record(z.string(), z.string())
    .default({ cpu: "64", memory: "256Gi", pods: "10000" })
    .describe("What the node has to give, by resource"),
  startDelayMs: z.number().min(0).default(0).describe("How long an accepted pod takes to run, in milliseconds"),
  stopDelayMs: z.number().min(0).default(0).describe("How long a pod takes to end once asked to, in milliseconds"),
});
