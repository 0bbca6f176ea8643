import { randomBytes } from "node:crypto";
import { type Connection, KubernetesClient, type Pod, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";
import { vi } from "vitest";
import { type Answer, Kubectl } from "../programs/kubectl-runner.ts";
import type { RunningProgram } from "../programs/running-program.ts";
import type { Stage } from "./stage.ts";
import type { Terminal } from "../programs/terminal.ts";

const goneLimitMs = 60_000;

/** A namespace for one test, with an administrator's tools; it ends with everything in it. */
export class Workbench implements AsyncDisposable {
  readonly stage: Stage;
  readonly namespace: string;
  readonly client: KubernetesClient;
  readonly #kubectl: Kubectl;

  private constructor(stage: Stage, client: KubernetesClient, namespace: string) {
    this.stage = stage;
    this.client = client;
    this.namespace = namespace;
    this.#kubectl = new Kubectl({ program: stage.kubectl, ...stage });
  }

  static async open(stage: Stage, prefix = "e2e"): Promise<Workbench> {
    const client = new KubernetesClient({ connection: await connectionFromKubeconfig({ path: stage.kubeconfig }) });
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    await client.create(resources.namespaces, { metadata: { name } });
    const it = new Workbench(stage, client, name);
    // Pods are refused until their namespace has its service account.
    await it.until(
      () => client.get(resources.serviceAccounts, { namespace: name, name: "default" }),
      "the service account",
    );
    return it;
  }

  /** Of the administrator. */
  connection(): Promise<Connection> {
    return connectionFromKubeconfig({ path: this.stage.kubeconfig });
  }

  /** kubectl in this namespace, whatever comes of it. */
  kubectl(...args: readonly string[]): Promise<Answer> {
    return this.#kubectl.run(["--namespace", this.namespace, ...args]);
  }

  /** What kubectl printed; throws with its complaint when it does not end well. */
  succeed(...args: readonly string[]): Promise<string> {
    return this.#kubectl.succeed(["--namespace", this.namespace, ...args]);
  }

  /** What kubectl printed, given that on its standard input. */
  succeedWith(input: string, ...args: readonly string[]): Promise<string> {
    return this.#kubectl.succeed(["--namespace", this.namespace, ...args], input);
  }

  /** kubectl in this namespace, before the eyes of a user. */
  terminal(...args: readonly string[]): Terminal {
    return this.#kubectl.terminal(["--namespace", this.namespace, ...args]);
  }

  /** kubectl in this namespace, with pipes for its streams. */
  start(...args: readonly string[]): RunningProgram {
    return this.#kubectl.start(["--namespace", this.namespace, ...args]);
  }

  /** Creates or changes objects of this namespace, as `kubectl apply` does. */
  async apply(...objects: readonly object[]): Promise<void> {
    const items = objects.map((object) => ({ ...object }));
    await this.succeedWith(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "apply", "-f", "-");
  }

  pod(name: string): Promise<Pod> {
    return this.client.get(resources.pods, { namespace: this.namespace, name });
  }

  /** The pods that a selector finds, in the order of their names. */
  async pods(labelSelector?: string): Promise<readonly Pod[]> {
    const { items } = await this.client.list(resources.pods, { namespace: this.namespace, labelSelector });
    return items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  }

  /** Resolves once the pod is as `test` wants it. */
  untilPod(name: string, test: (pod: Pod) => boolean, what: string): Promise<Pod> {
    return this.until(async () => {
      const pod = await this.pod(name);
      return test(pod) ? pod : undefined;
    }, `pod ${name} to be ${what}`);
  }

  untilRunning(name: string): Promise<Pod> {
    return this.untilPod(name, ({ status }) => status?.phase === "Running", "Running");
  }

  /** Resolves once there is no such pod, or another one under its name. */
  async untilGone({ metadata: { name, uid } }: Pod): Promise<void> {
    await this.until(async () => {
      try {
        return (await this.pod(name)).metadata.uid !== uid;
      } catch (error) {
        if (isKubernetesError(error, "NotFound")) return true;
        throw error;
      }
    }, `pod ${name} to be gone`);
  }

  /** Asks again and again until there is an answer that is neither `undefined` nor `false`, and no error. */
  async until<T>(ask: () => Promise<T | undefined | false>, what: string, limitMs = goneLimitMs): Promise<T> {
    let last = "";
    try {
      return await vi.waitFor(
        async () => {
          const answer = await ask().catch((error: unknown) => {
            last = ` (${error instanceof Error ? error.message : String(error)})`;
          });
          if (answer === undefined || answer === false) throw new Error("not yet");
          return answer;
        },
        { timeout: limitMs, interval: 100 },
      );
    } catch {
      throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}${last}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using client = this.client;
    await client.delete(resources.namespaces, { name: this.namespace });
    await this.until(async () => {
      try {
        await client.get(resources.namespaces, { name: this.namespace });
        return false;
      } catch (error) {
        if (isKubernetesError(error, "NotFound")) return true;
        throw error;
      }
    }, `namespace ${this.namespace} to be gone`);
  }
}
