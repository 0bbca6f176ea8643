import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type Call,
  type Provider,
  type ProviderContext,
  ProviderError,
  type RegistryCredential,
  type ServiceAccountToken,
  type Variable,
  type VolumeFile,
  isProviderError,
} from "@virtual-kubelet/provider";

/** All that a pod brings along. */
export interface Brought {
  readonly variables: readonly Variable[];
  readonly files: readonly VolumeFile[];
  readonly credential: RegistryCredential | undefined;
  readonly token: ServiceAccountToken;
}

export interface CuriousOptions {
  readonly context: ProviderContext;
  /** Is handed what each pod brought, before its backend is. */
  readonly hear: (pod: Pod, brought: Brought) => void;
}

/** Asks its context for all that a pod may have, as a provider does; passes on what fails there, and fails at times by itself. */
export function curious(provider: Provider, { context, hear }: CuriousOptions): Provider {
  const following = new AbortController();
  return {
    ...provider,
    async createPod(pod, call) {
      const follow = { signal: AbortSignal.any([call.signal, following.signal]) };
      hear(pod, await bringAll(pod, context, follow));
      if (pod.metadata.name === "has-no-backend") throw new ProviderError("Unavailable", "The backend is out of reach");
      if (pod.metadata.name === "has-a-bug") throw new TypeError("backend.machines is not iterable");
      return provider.createPod(pod, call);
    },
    async [Symbol.asyncDispose]() {
      following.abort();
      await provider[Symbol.asyncDispose]?.();
    },
  };
}

/** Everything is asked for, also when something of it fails. */
async function bringAll(pod: Pod, context: ProviderContext, call: Call): Promise<Brought> {
  const ref = pod.metadata;
  const [container] = pod.spec.containers;
  const volumes = pod.spec.volumes ?? [];
  const settled = await Promise.allSettled([
    context.environment({ pod: ref, container: container?.name ?? "" }, call),
    Promise.all(
      volumes.map(({ name }) => unlessUnsupported(filesOf(context.volume(ref, { ...call, volume: name })), [])),
    ),
    unlessUnsupported(context.pullCredentials(ref, { ...call, image: container?.image ?? "" }), undefined),
    context.token(ref, { ...call, audience: "" }),
    context.read("Secret", { namespace: ref.namespace, name: "keys" }, call),
  ]);
  const [variables, files, credential, token] = settled;
  const failed = settled.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
  return {
    variables: valueOf(variables),
    files: valueOf(files).flat(),
    credential: valueOf(credential),
    token: valueOf(token),
  };
}

/** What the node does not give, this backend does without. */
async function unlessUnsupported<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (isProviderError(error, "Unsupported")) return otherwise;
    throw error;
  }
}

async function filesOf(volume: ReturnType<ProviderContext["volume"]>): Promise<readonly VolumeFile[]> {
  for await (const { files } of volume) return files;
  return [];
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
