import type { Provider } from "@virtual-kubelet/provider";
import type { Fence } from "./term.ts";

type Plain = "features" | "recordsEvents" | "oneLifePerName";
type Verb = Exclude<keyof Provider, Plain | typeof Symbol.asyncDispose>;

/** Every verb of the contract, and all else that a provider says of itself: the compiler misses one that is not here. */
const verbs = Object.keys({
  createPod: true,
  deletePod: true,
  getPod: true,
  getPods: true,
  updatePod: true,
  adoptPod: true,
  releasePod: true,
  watchPods: true,
  getContainerLogs: true,
  exec: true,
  attach: true,
  forwardPort: true,
  getStats: true,
  describeNode: true,
  watchNode: true,
  ping: true,
} satisfies Record<Verb, true>) as readonly Verb[];

/**
 * The same provider, of which no call starts once the fence is closed: it throws `Unavailable` instead. What the provider cannot
 * do it cannot do here. To end it is allowed at any time.
 */
export function fencedProvider(provider: Provider, fence: Fence): Provider {
  const calls = verbs.filter((verb) => provider[verb] !== undefined).map((verb) => [verb, fenced(verb)]);
  const end = provider[Symbol.asyncDispose] && { [Symbol.asyncDispose]: async () => provider[Symbol.asyncDispose]?.() };
  const plain = {
    get features() {
      return provider.features;
    },
    get recordsEvents() {
      return provider.recordsEvents;
    },
    get oneLifePerName() {
      return provider.oneLifePerName;
    },
  } satisfies Record<Plain, unknown>;
  return Object.assign(plain, Object.fromEntries(calls) as Pick<Provider, Verb>, end) as Provider;

  function fenced(verb: Verb) {
    return (...args: readonly unknown[]): unknown => {
      fence.throwIfOver();
      // Looked up at each call, and called on the provider itself: it may keep private state.
      return Reflect.apply(provider[verb] as (...all: readonly unknown[]) => unknown, provider, args);
    };
  }
}
