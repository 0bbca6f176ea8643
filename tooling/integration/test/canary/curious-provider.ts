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
  /** Is handed the files of a volume that has changed. */
  readonly hearChange: (files: readonly VolumeFile[]) => void;
}

/** Asks its context for all that a pod may have, as a provider does; passes on what fails there, and fails at times by itself. */
export function curious(provider: Provider, options: CuriousOptions): Provider {
  const following = new AbortController();
  return {
    ...provider,
    async createPod(pod, call) {
      options.hear(pod, await bringAll(pod, options, { ...call, following: following.signal }));
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

interface BringCall extends Call {
  /** For as long as volumes are followed. */
  readonly following: AbortSignal;
}

/** Everything is asked for, also when something of it fails. */
async function bringAll(pod: Pod, options: CuriousOptions, call: BringCall): Promise<Brought> {
  const { context } = options;
  const ref = pod.metadata;
  const [container] = pod.spec.containers;
  const volumes = (pod.spec.volumes ?? []).map(({ name }) =>
    context.volume(ref, { signal: call.following, volume: name }),
  );
  const settled = await Promise.allSettled([
    context.environment({ pod: ref, container: container?.name ?? "" }, call),
    Promise.all(volumes.map((volume) => followed(volume, options))),
    context.pullCredentials(ref, { ...call, image: container?.image ?? "" }),
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

/** The files of a volume now; those of later are heard of. */
async function followed(
  volume: ReturnType<ProviderContext["volume"]>,
  { context: { logger }, hearChange }: CuriousOptions,
): Promise<readonly VolumeFile[]> {
  const first = Promise.withResolvers<readonly VolumeFile[]>();
  const follow = async (): Promise<void> => {
    let hear: CuriousOptions["hearChange"] = first.resolve;
    for await (const { files } of volume) {
      hear(files);
      hear = hearChange;
    }
  };
  follow().catch((error: unknown) => {
    logger.warn({ err: error }, "a volume is not followed any more");
    first.reject(error);
  });
  return first.promise;
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
