import { tmpdir } from "node:os";
import type { Container, Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import type { ProviderContext, VolumeCall, VolumeFiles } from "@virtual-kubelet/provider";
import { detectViews } from "../../src/views/mode/detect-views.ts";
import { type NodeOptions, type ProcessNode, StateDirectory, call, shell, textOf } from "../process-node.ts";
import { RootFolder, noBusybox } from "../root-folder.ts";

export const mode = await detectViews(tmpdir());

/** Why there are no views on this host; tests that need them say so, and are skipped. */
export const noViews: string | undefined = mode.kind === "none" ? mode.reason : noBusybox;
export const inUserNamespace: boolean = mode.kind === "bubblewrap" && mode.inUserNamespace;

/** Volumes for pods to mount. */
export const volumes: NonNullable<PodSpec["volumes"]> = [
  { name: "config", configMap: { name: "c" } },
  { name: "secret", secret: { secretName: "s" } },
  { name: "scratch", emptyDir: {} },
  { name: "memory", emptyDir: { medium: "Memory" } },
];

/** A node with an image `box`, and a context that gives each volume one file, `key`, with a text that can be changed. */
export class ViewScene implements AsyncDisposable {
  readonly state: StateDirectory;
  readonly root: RootFolder = new RootFolder();
  #text = "first";
  #changed = Promise.withResolvers<void>();

  /** The state directory is made in `parent`. */
  constructor(parent?: string) {
    this.state = new StateDirectory(parent);
  }

  /** What all volumes say from now on, with their names. */
  set text(text: string) {
    this.#text = text;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  node(options: NodeOptions = {}): Promise<ProcessNode> {
    const images = { box: { root: this.root.path }, host: "host", ...options.images } as const;
    return this.state.node({ ...options, images, context: this.#lent });
  }

  get #lent(): Partial<ProviderContext> {
    return {
      volume: (_pod, asked) => this.#volume(asked),
      resolver: (_pod, own) => ({ ...own, searches: ["default.svc.cluster.test"] }),
    };
  }

  async *#volume({ volume, signal }: VolumeCall): AsyncGenerator<VolumeFiles> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      const content = Buffer.from(`${this.#text} of ${volume}\n`);
      yield { files: [{ path: "key", content, mode: 0o644, sensitive: false }] };
      await Promise.race([changed, aborted]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.state[Symbol.asyncDispose]();
    this.root[Symbol.dispose]();
  }
}

/** A pod of the image `box` with volumes to mount. */
export function box(script: string, container: Partial<Container> = {}, spec: Partial<PodSpec> = {}): Pod {
  return shell(script, { volumes, terminationGracePeriodSeconds: 1, ...spec }, { image: "box", ...container });
}

/** Mounts of these volumes at these paths. */
export function at(mounts: Readonly<Record<string, string>>): Pick<Container, "volumeMounts"> {
  return { volumeMounts: Object.entries(mounts).map(([mountPath, name]) => ({ name, mountPath })) };
}

export async function endOf(node: ProcessNode, pod: Pod): Promise<PodStatus> {
  const ref = await node.create(pod);
  return node.waitFor(ref, ({ phase }) => phase === "Succeeded" || phase === "Failed", "the end");
}

/** What a pod writes until it ends; followed by its status when it does not end well. */
export async function outputOf(node: ProcessNode, pod: Pod): Promise<string> {
  const status = await endOf(node, pod);
  return `${await node.logs(pod.metadata)}${status.phase === "Failed" ? JSON.stringify(status) : ""}`;
}

/** What a command writes that is run in a pod, and its exit code after it. */
export async function execIn(node: ProcessNode, pod: Pod, script: string, tty = false): Promise<string> {
  const process = await node.provider.exec(
    { pod: pod.metadata, container: "app" },
    { ...call, command: ["sh", "-c", script], tty, stdin: false, stdout: true, stderr: true },
  );
  const text = await textOf(process.stdout);
  const exit = await process.wait();
  return `${text}${exit.type === "code" ? exit.code : JSON.stringify(exit)}`;
}
