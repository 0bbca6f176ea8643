import { z } from "zod";

/** What the mock takes. Delays are in milliseconds. */
export const mockOptions = z.strictObject({
  /** What the node has to give. */
  capacity: z
    .record(z.string(), z.string())
    .default({ cpu: "64", memory: "256Gi", pods: "10000" })
    .describe("What the node has to give, by resource"),
  /** How long a pod takes to run after it was accepted. */
  startDelayMs: z.number().min(0).default(0).describe("How long an accepted pod takes to run, in milliseconds"),
  /** How long a pod takes to end after it was asked to. */
  stopDelayMs: z
    .number()
    .min(0)
    .default(0)
    .describe("How long a pod takes to end after it was asked to, in milliseconds"),
});

export type MockOptions = z.input<typeof mockOptions>;
export type ResolvedMockOptions = z.output<typeof mockOptions>;
