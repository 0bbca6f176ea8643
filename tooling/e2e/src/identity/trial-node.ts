import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, issueCertificate, type Pod, type PodSpec, resources } from "@virtual-kubelet/kubernetes";
import type { LogMethod, Logger, ProviderContext } from "@virtual-kubelet/provider";
import { MockBackend, mockProvider } from "@virtual-kubelet/provider-mock";
import { VirtualNode } from "virtual-kubelet";
import type { Workbench } from "../suite/workbench.ts";

export interface TrialNodeOptions {
  readonly it: Workbench;
  readonly name: string;
  readonly connection: Connection;
  readonly labels?: Readonly<Record<string, string>>;
  /** By which lease it is elected, if it is. */
  readonly electedBy?: "own" | "node" | undefined;
}

/** How long the cases wait for what they want to see. */
const limitMs = 60_000;

/** A node in this process on a backend in memory, to find out what its identity lets it do. */
export class TrialNode implements AsyncDisposable {
  readonly it: Workbench;
  readonly name: string;
  readonly connection: Connection;
  readonly backend: MockBackend = new MockBackend();
  /** What it logged, with the messages of the errors. */
  readonly log: string[] = [];
  readonly #node: VirtualNode;
  readonly #context = Promise.withResolvers<ProviderContext>();
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #isReady = false;

  constructor({ it, name, connection, labels = {}, electedBy: lease }: TrialNodeOptions) {
    this.it = it;
    this.name = name;
    this.connection = connection;
    const capacity = { cpu: "8", memory: "8Gi", pods: "100" };
    this.#node = new VirtualNode({
      name,
      connection,
      labels,
      provider: (context) => {
        this.#context.resolve(context);
        return mockProvider(this.backend, { capacity, startDelayMs: 0, stopDelayMs: 0 });
      },
      logger: this.#logger(),
      taints: [{ key: "only", value: name, effect: "NoSchedule" }],
      kubeletApi: {
        address: it.stage.address,
        hostAddress: it.stage.address,
        port: 0,
        // Nobody calls by a certificate, and the way to the cluster may be one without an authority.
        clientCertificateAuthority: issueCertificate({ commonName: "nobody", certificateAuthority: true }).certificate,
      },
      ...(lease ? { highAvailability: { lease } } : {}),
      pollMs: 50,
      missedTwiceMs: 200,
    });
    this.#running = this.#node.run({ signal: this.#ending.signal });
    this.#running.catch(() => {});
    this.#node.ready.then(
      () => (this.#isReady = true),
      () => {},
    );
  }

  /** Asks again until there is an answer; rejects when there is none in time, or when the node is disposed of before. */
  async until<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(limitMs)]);
    let last: unknown;
    while (!signal.aborted) {
      const answer = await ask().catch((error: unknown) => void (last = error));
      if (answer !== undefined && answer !== false) return answer;
      await sleep(100, undefined, { signal }).catch(() => {});
    }
    throw new Error(`Waited in vain for ${what}`, { cause: last });
  }

  async untilReady(): Promise<void> {
    await this.until(async () => this.#isReady, "the node");
  }

  async context(): Promise<ProviderContext> {
    await this.untilReady();
    return this.#context.promise;
  }

  /** A pod of this node that runs, as far as the API server has heard. */
  async runningPod(name: string, spec: Partial<PodSpec> = {}): Promise<Pod> {
    const { client, namespace } = this.it;
    const containers = [{ name: "main", image: "app:1", ...spec.containers?.[0] }];
    const tolerations = [{ operator: "Exists" }];
    const unique = `${name}-${this.name}`;
    await client.create(resources.pods, {
      metadata: { namespace, name: unique },
      spec: { nodeName: this.name, tolerations, ...spec, containers },
    });
    return this.until(async () => {
      const pod = await client.get(resources.pods, { namespace, name: unique });
      return pod.status?.phase === "Running" ? pod : undefined;
    }, `pod ${unique} to run`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running.catch(() => {});
    const { client, namespace } = this.it;
    const { items } = await client.list(resources.pods, { namespace, fieldSelector: `spec.nodeName=${this.name}` });
    await Promise.all(items.map(({ metadata }) => client.delete(resources.pods, metadata, { gracePeriodSeconds: 0 })));
    await client.delete(resources.nodes, { name: this.name }).catch(() => {});
  }

  #logger(): Logger {
    const note: LogMethod = (fields: object | string, message?: string) => {
      const error = (fields as { readonly err?: unknown }).err;
      this.log.push(
        `${message ?? (typeof fields === "string" ? fields : "")}: ${error instanceof Error ? error.message : ""}`,
      );
    };
    const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
    return logger;
  }
}
