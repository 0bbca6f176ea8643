import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { ContainerProcess, ExecCall, Exit, PodState, Provider, TerminalSize } from "@virtual-kubelet/provider";
import type { PodSource } from "../src/index.ts";

/** A pod `default/web` with a running container `app`, one `late` that still waits, and one `done` that has ended. */
export const web: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "default", name: "web", uid: "uid-1" },
  spec: { containers: ["app", "late", "done"].map((name) => ({ name })), initContainers: [{ name: "setup" }] },
  status: {
    phase: "Running",
    containerStatuses: [
      { name: "app", image: "", imageID: "", ready: true, restartCount: 0, state: { running: {} } },
      {
        name: "late",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: "ContainerCreating" } },
      },
      {
        name: "done",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: "Completed" } },
      },
    ],
  },
};

export function podSource(...pods: Pod[]): PodSource {
  return {
    pods: () => pods,
    find: ({ namespace, name, uid }) =>
      pods.find(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.name === name && (uid === undefined || metadata.uid === uid),
      ),
  };
}

/** What a provider needs at the least. */
export const bareProvider: Provider = {
  createPod: () => {},
  deletePod: () => {},
  getPod: () => ({ ...web.metadata, ...(web.status ? { status: web.status } : {}) }),
  getPods: () => [],
};

/** Whose containers are this machine: commands are its processes. */
export class HostProvider implements Provider {
  readonly calls: ExecCall[] = [];
  readonly sizes: TerminalSize[] = [];
  /** Process ids of what was started. */
  readonly pids: number[] = [];

  createPod(): void {}

  deletePod(): void {}

  getPod(): PodState {
    return { ...web.metadata, ...(web.status ? { status: web.status } : {}) };
  }

  getPods(): readonly PodState[] {
    return [];
  }

  exec(_container: unknown, call: ExecCall): ContainerProcess {
    const [program, ...rest] = call.command;
    this.calls.push(call);
    const child = spawn(program, rest, { stdio: "pipe" });
    this.pids.push(child.pid ?? 0);
    call.signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    const exited = once(child, "exit").then(([code, signal]): Exit =>
      signal
        ? { type: "signal", signal: constants.signals[signal as NodeJS.Signals] }
        : { type: "code", code: code as number },
    );
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      wait: () => exited,
      resize: (size) => void this.sizes.push(size),
    };
  }
}

/** Whether a process is there still; one that has not been started yet is taken to be. */
export function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}
