import type { Provider } from "@virtual-kubelet/provider";
import type { ConformanceTarget } from "../../src/index.ts";
import { SmallBackend } from "./small-backend.ts";
import { smallWorkloads } from "./small-programs.ts";
import { type SmallProvider, type SmallScope, smallProvider } from "./small-provider.ts";

/** What is done to an honest provider so that it breaks one sentence. */
export type Sabotage = (
  honest: SmallProvider,
  scope: SmallScope & { readonly life: number },
) => Partial<Provider> | void;

/** A backend of its own, and the provider on it, sabotaged or not. */
export function smallTarget(sabotage: Sabotage = () => ({})): ConformanceTarget {
  const backend = new SmallBackend();
  const lives = new Map<string, number>();
  return {
    create(context) {
      const scope = { backend, context, accepted: new Map() };
      const life = (lives.get(context.nodeName) ?? 0) + 1;
      lives.set(context.nodeName, life);
      const honest = smallProvider(scope);
      return { ...honest, ...sabotage(honest, { ...scope, life }) };
    },
    workloads: smallWorkloads,
    faults: backend.faults,
    timings: { stepMs: 25, startMs: 4000, restartMs: 4000, soonMs: 2000, lookMs: 12, graceSeconds: 0.05 },
  };
}
