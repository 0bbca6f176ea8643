import { type KubernetesClient, ObjectWatch, type Service, resources } from "@virtual-kubelet/kubernetes";
import type { Call, Logger } from "@virtual-kubelet/provider";
import { askApiServer } from "../ask-api-server.ts";
import { News } from "../news.ts";
import { isRefused, watchLogger } from "./watch-logger.ts";

export interface WatchedServicesOptions {
  readonly client: KubernetesClient;
  readonly logger: Logger;
}

interface Watching {
  readonly watch: ObjectWatch<Service>;
  readonly synced: News;
  readonly end: AbortController;
  readonly ended: Promise<void>;
}

/** How often it is looked whether the list has failed. Milliseconds. */
const glanceMs = 50;

/** The cluster's services, watched for as long as some pod asks for them. No pod names them, so all are watched. */
export class WatchedServices {
  readonly #options: WatchedServicesOptions;
  readonly #pods = new Set<string>();
  #watching: Watching | undefined;

  constructor(options: WatchedServicesOptions) {
    this.#options = options;
  }

  /** @throws ProviderError `Unauthorized` or `Unavailable` when the API server does not give them. */
  async list(podUid: string, { signal }: Call): Promise<readonly Service[]> {
    this.#pods.add(podUid);
    this.#watching ??= this.#open();
    const { watch, synced, end } = this.#watching;
    const either = AbortSignal.any([signal, end.signal]);
    while (!watch.store.synced && watch.failure === undefined)
      await synced.after(0, { signal: either, timeoutMs: glanceMs });
    // A watch tries for ever, and does not say why. Who may not watch may yet list.
    return watch.failure === undefined || (watch.store.synced && !isRefused(watch.failure))
      ? [...watch.store]
      : this.#asked(either);
  }

  async forget(podUid: string): Promise<void> {
    if (!this.#pods.delete(podUid) || this.#pods.size > 0) return;
    const watching = this.#watching;
    this.#watching = undefined;
    watching?.end.abort();
    await watching?.ended;
  }

  #open(): Watching {
    const { client, logger } = this.#options;
    const watch = new ObjectWatch<Service>({ client, resource: resources.services, logger: watchLogger(logger) });
    const [synced, end] = [new News(), new AbortController()];
    const run = async (): Promise<void> => {
      for await (const change of watch.run({ signal: end.signal })) if (change.type === "synced") synced.tell();
    };
    return { watch, synced, end, ended: run() };
  }

  async #asked(signal: AbortSignal): Promise<readonly Service[]> {
    const { client } = this.#options;
    const ask = () => client.list(resources.services, { signal });
    return (await askApiServer("the services of the cluster", { ask, signal })).items ?? [];
  }
}
