import { type DefinedProvider, type Provider, defineProvider } from "@virtual-kubelet/provider";
import { mockLogs } from "./logs.ts";
import { MockBackend } from "./mock-backend.ts";
import { attachToPod, forwardToPod } from "./mock-process.ts";
import { mockStats } from "./mock-stats.ts";
import { type MockOptions, type ResolvedMockOptions, mockOptions } from "./options.ts";

/** A provider over a backend in memory. A test that wants to make pods end or vanish hands in its own. */
export function mockProvider(backend: MockBackend, options: ResolvedMockOptions): Provider {
  const since = new Date();
  return {
    createPod: (pod, { revision }) => backend.start(pod, { revision, delayMs: options.startDelayMs }),
    updatePod: (pod, { revision }) => backend.update(pod, revision),
    deletePod: (pod) => backend.stop(pod, { delayMs: options.stopDelayMs }),
    getPod: ({ uid }) => backend.get(uid),
    getPods: () => backend.list(),
    watchPods: ({ signal }) => backend.watch(signal),
    describeNode: () => ({ capacity: options.capacity, containerRuntimeVersion: "mock://1" }),
    getContainerLogs: (container, call) => mockLogs(backend, container, call),
    ping: () => {},

    attach: (container, call) => attachToPod(backend, container, call),
    forwardPort: (pod, call) => forwardToPod(backend, pod, call),
    getStats: () => mockStats(backend.list(), new Date(), since),

    async [Symbol.asyncDispose]() {
      backend[Symbol.dispose]();
    },
  };
}

/** The mock by its options, for the agent and for code. */
export const mock: DefinedProvider<MockOptions, ResolvedMockOptions> = defineProvider({
  name: "mock",
  schema: mockOptions,
  create: (options) => mockProvider(new MockBackend(), options),
});
