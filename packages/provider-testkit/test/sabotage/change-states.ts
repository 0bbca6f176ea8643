import type { PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodEvent, PodState, Provider } from "@virtual-kubelet/provider";
import type { SmallProvider } from "../small/small-provider.ts";

/** The three ways in which states are told, each with what is told changed. */
export function changeStates(
  honest: SmallProvider,
  change: (state: PodState) => PodState,
): Required<Pick<Provider, "getPod" | "getPods" | "watchPods">> {
  return {
    async getPod(pod, call) {
      const state = await honest.getPod(pod, call);
      return state && change(state);
    },
    getPods: async (call) => (await listOf(honest, call.signal)).map(change),
    async *watchPods(call) {
      for await (const event of honest.watchPods(call)) {
        yield event.type === "state" ? { ...event, pod: change(event.pod) } : event;
      }
    },
  };
}

export function changeStatus(honest: SmallProvider, change: (status: PodStatus) => PodStatus) {
  return changeStates(honest, ({ status, ...state }) => ({ ...state, ...(status ? { status: change(status) } : {}) }));
}

/** The status with something done to what is said of each container. */
export function eachContainer(status: PodStatus, change: (one: Container) => Container): PodStatus {
  const { containerStatuses = [] } = status;
  return { ...status, containerStatuses: containerStatuses.map(change) };
}

type Container = NonNullable<PodStatus["containerStatuses"]>[number];

export async function listOf(honest: SmallProvider, signal: AbortSignal): Promise<readonly PodState[]> {
  const all: PodState[] = [];
  for await (const state of await honest.getPods({ signal })) all.push(state);
  return all;
}

/** A watch some of whose events are left out, or others put in their place. */
export function changeWatch(
  honest: SmallProvider,
  change: (event: PodEvent) => Iterable<PodEvent>,
): Pick<SmallProvider, "watchPods"> {
  return {
    async *watchPods(call) {
      for await (const event of honest.watchPods(call)) yield* change(event);
    },
  };
}
