import type { Pod } from "@virtual-kubelet/kubernetes";
import type { AttachCall, ContainerProcess, ExecCall, Exit } from "@virtual-kubelet/provider";
import { ByteReading, writeTo } from "./byte-reading.ts";
import type { Scene } from "./scene.ts";
import { until, within } from "./within.ts";

/** A process in a container, with its output as it comes. */
export class RunningProcess {
  readonly stdout: ByteReading;
  readonly stderr: ByteReading | undefined;
  readonly process: ContainerProcess;
  readonly exit: Promise<Exit>;
  readonly #scene: Scene;

  constructor(process: ContainerProcess, scene: Scene) {
    this.process = process;
    this.#scene = scene;
    this.stdout = new ByteReading(process.stdout);
    this.stderr = process.stderr ? new ByteReading(process.stderr) : undefined;
    this.exit = process.wait();
    this.exit.catch(() => undefined);
  }

  async write(text: string, { end = false }: { readonly end?: boolean } = {}): Promise<void> {
    if (!this.process.stdin) throw new Error("The process has no standard input, although it was asked for");
    await writeTo(this.process.stdin, text, { end });
  }

  async untilOutput(text: string): Promise<void> {
    const { lookMs, startMs: limitMs } = this.#scene.timings;
    const has = (seen: string): seen is string => seen.includes(text);
    const waiting = {
      limitMs,
      lookMs,
      what: `${JSON.stringify(text)} on the standard output`,
      signal: this.#scene.signal,
    };
    await until(async () => this.stdout.text, has, waiting);
  }

  /** How it ended, when all of its output has been read. */
  async end(what: string): Promise<Exit> {
    const { startMs } = this.#scene.timings;
    const exit = await within(this.exit, startMs, what);
    await within(Promise.all([this.stdout.ended, this.stderr?.ended]), startMs, `The output of ${what}`);
    return exit;
  }
}

export async function exec(
  scene: Scene,
  pod: Pod,
  options: Partial<ExecCall> & Pick<ExecCall, "command">,
): Promise<RunningProcess> {
  const call = { signal: scene.signal, tty: false, stdin: false, stdout: true, stderr: true, ...options };
  const container = { pod: pod.metadata, container: "main" };
  return new RunningProcess(await scene.life.soon(() => scene.provider.exec(container, call), "exec"), scene);
}

export async function attach(scene: Scene, pod: Pod, options: Partial<AttachCall> = {}): Promise<RunningProcess> {
  const call = { signal: scene.signal, tty: false, stdin: false, stdout: true, stderr: true, ...options };
  const container = { pod: pod.metadata, container: "main" };
  return new RunningProcess(await scene.life.soon(() => scene.provider.attach(container, call), "attach"), scene);
}
