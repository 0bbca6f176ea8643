import { PassThrough } from "node:stream";
import type { ContainerProcess, LogCall } from "@virtual-kubelet/provider";
import type { SmallProvider } from "../small/small-provider.ts";
import type { Sabotage } from "../small/small-target.ts";

/** A log that goes by another call than it was given. */
function logsBy(change: (call: LogCall) => LogCall): Sabotage {
  return (honest) => ({ getContainerLogs: (container, call) => honest.getContainerLogs(container, change(call)) });
}

function without(name: keyof LogCall): Sabotage {
  return logsBy((call) => Object.fromEntries(Object.entries(call).filter(([key]) => key !== name)) as never);
}

/** An exec whose process is changed, for commands of one program. */
function execOf(
  program: string,
  change: (process: ContainerProcess, tty: boolean) => ContainerProcess | Promise<ContainerProcess>,
): Sabotage {
  return (honest) => ({
    async exec(container, call) {
      const process = await honest.exec(container, call);
      return call.command[0] === program ? change(process, call.tty) : process;
    },
  });
}

async function* nothing(): AsyncGenerator<string> {}

async function* never(): AsyncGenerator<string> {
  await new Promise(() => {});
  yield "";
}

async function* changed(source: ContainerProcess["stdout"], change: (text: string) => string): AsyncGenerator<string> {
  for await (const chunk of source) yield change(String(chunk));
}

async function linesOf(honest: SmallProvider, ...asked: Parameters<SmallProvider["getContainerLogs"]>) {
  let text = "";
  for await (const chunk of await honest.getContainerLogs(...asked)) text += Buffer.from(chunk).toString();
  return text.split("\n");
}

/** Against what is promised of logs, exec, attach and ports. */
export const streamSabotage: Readonly<Record<string, Sabotage>> = {
  "logs.ended": (honest, { backend }) => ({
    async getContainerLogs(container, call) {
      const has = backend.pods.get(container.pod.uid)?.container(container.container);
      if (!has || has.isRunning || call.previous) return honest.getContainerLogs(container, call);
      return [(await linesOf(honest, container, call))[0] ?? "", "\n"].values() as never;
    },
  }),
  "logs.follow": (honest, { backend }) => ({
    getContainerLogs: (container, call) =>
      backend.pods.get(container.pod.uid)?.containers[0]?.program.does === "print" &&
      isEnding(backend, container.pod.uid)
        ? honest.getContainerLogs(container, { ...call, follow: false })
        : honest.getContainerLogs(container, call),
  }),
  "logs.follow-abort": (honest, { backend }) => ({
    getContainerLogs: (container, call) =>
      call.follow && !isEnding(backend, container.pod.uid) ? never() : honest.getContainerLogs(container, call),
  }),
  "logs.tail": (honest) => ({
    async getContainerLogs(container, call) {
      if (!call.tailLines) return honest.getContainerLogs(container, call);
      const { tailLines, ...rest } = call;
      const lines = await linesOf(honest, container, rest);
      return [`${lines.slice(0, tailLines).join("\n")}\n`].values() as never;
    },
  }),
  "logs.tail-zero": logsBy(({ tailLines, ...call }) =>
    tailLines === 0 ? call : { ...call, ...(tailLines ? { tailLines } : {}) },
  ),
  "logs.limit-bytes": without("limitBytes"),
  "logs.timestamps": (honest) => ({
    async getContainerLogs(container, call) {
      if (!call.timestamps) return honest.getContainerLogs(container, call);
      const lines = await linesOf(honest, container, call);
      return [lines.map((line) => line.replace(/(\.\d{3})\d{6}Z/, "$1Z")).join("\n")].values() as never;
    },
  }),
  "logs.since": without("since"),
  "logs.stream": without("stream"),
  "logs.previous": (honest, { backend }) => ({
    getContainerLogs(container, call) {
      const { restartCount } = backend.pods.get(container.pod.uid)?.containers[0]?.status ?? {};
      return call.previous && restartCount ? nothing() : honest.getContainerLogs(container, call);
    },
  }),
  "logs.no-previous": (honest, { backend }) => ({
    getContainerLogs(container, call) {
      const { restartCount } = backend.pods.get(container.pod.uid)?.containers[0]?.status ?? {};
      return call.previous && !restartCount ? nothing() : honest.getContainerLogs(container, call);
    },
  }),
  "logs.unknown": (honest, { backend }) => ({
    getContainerLogs: (container, call) =>
      backend.pods.has(container.pod.uid) ? honest.getContainerLogs(container, call) : nothing(),
  }),

  "exec.exit-code": execOf("exit", (process) => ({ ...process, wait: async () => ({ type: "code", code: 1 }) })),
  "exec.streams-apart": (honest) => ({
    async exec(container, call) {
      const process = await honest.exec(container, call);
      if (call.command[2] !== "bad" || call.tty) return process;
      return { ...process, stdout: changed(process.stdout, (text) => `${text}bad`), stderr: nothing() };
    },
  }),
  "exec.arguments": execOf("print", (process) => ({
    ...process,
    stdout: changed(process.stdout, (text) => text.replaceAll("$HOME", "/root")),
  })),
  "exec.stdin": execOf("echo", (process) =>
    process.stdin
      ? { ...process, stdin: new PassThrough(), stdout: never(), wait: () => new Promise(() => {}) }
      : process,
  ),
  "exec.no-stdin": execOf("echo", (process) => (process.stdin ? process : { ...process, stdin: new PassThrough() })),
  "exec.terminal": execOf("print", (process, tty) => (tty ? { ...process, stderr: nothing() } : process)),
  "exec.abort": (honest, { backend }) => ({
    async exec(container, call) {
      const process = await honest.exec(container, call);
      call.signal.addEventListener("abort", () => backend.staying.add("survivor"), { once: true });
      if (call.command[0] !== "lives") return process;
      const alive = { type: "code", code: 0 } as const;
      return { ...process, wait: async () => (backend.staying.has("survivor") ? alive : process.wait()) };
    },
  }),
  "exec.no-such-program": (honest) => ({
    async exec(container, call) {
      if (call.command[0] !== "no-such-program-anywhere") return honest.exec(container, call);
      return { stdout: nothing(), stderr: nothing(), wait: async () => ({ type: "code", code: 0 }) };
    },
  }),
  "exec.ended": (honest, { backend }) => ({
    async exec(container, call) {
      if (backend.pods.get(container.pod.uid)?.containers[0]?.isRunning) return honest.exec(container, call);
      return { stdout: nothing(), stderr: nothing(), wait: async () => ({ type: "code", code: 0 }) };
    },
  }),

  "attach.output": (honest, { backend }) => ({
    async attach(container, call) {
      const process = await honest.attach(container, call);
      const { does } = backend.pods.get(container.pod.uid)?.containers[0]?.program ?? {};
      return does === "print" ? { ...process, stdout: never() } : process;
    },
  }),
  "attach.stdin": (honest) => ({
    async attach(container, call) {
      const process = await honest.attach(container, call);
      return process.stdin ? { ...process, stdin: new PassThrough() } : process;
    },
  }),
  "attach.exit-code": (honest) => ({
    async attach(container, call) {
      const process = await honest.attach(container, call);
      return { ...process, wait: async () => ({ ...(await process.wait()), type: "code", code: 0 }) };
    },
  }),
  "attach.detach": (honest, { backend }) => ({
    async attach(container, call) {
      const main = backend.pods.get(container.pod.uid)?.containers[0];
      if (main?.program.does === "run") call.signal.addEventListener("abort", () => main.end(137), { once: true });
      return honest.attach(container, call);
    },
  }),

  "ports.both-ways": (honest) => ({
    async forwardPort(pod, call) {
      const connection = (await honest.forwardPort(pod, call)) as PassThrough;
      return { readable: changed(connection, (text) => text.toUpperCase()), writable: connection };
    },
  }),
  "ports.abort": (honest) => ({
    async forwardPort(pod, call) {
      const connection = (await honest.forwardPort(pod, call)) as PassThrough;
      return { readable: deafToItsEnd(connection), writable: connection };
    },
  }),
  "ports.nobody": (honest, { backend }) => ({
    async forwardPort(pod, call) {
      try {
        return await honest.forwardPort(pod, call);
      } catch (error) {
        if (!backend.pods.has(pod.uid)) throw error;
        return new PassThrough();
      }
    },
  }),
  "ports.unknown": (honest, { backend }) => ({
    forwardPort: (pod, call) => (backend.pods.has(pod.uid) ? honest.forwardPort(pod, call) : new PassThrough()),
  }),
};

/** It gives all that comes, and its end never. */
async function* deafToItsEnd(connection: PassThrough): AsyncGenerator<string> {
  try {
    for await (const chunk of connection) yield String(chunk);
  } catch {
    // The connection is closed, and its reader does not learn of it.
  }
  await new Promise(() => {});
}

/** Whether the container ends by itself once it has written all. */
function isEnding(backend: Parameters<Sabotage>[1]["backend"], uid: string): boolean {
  const program = backend.pods.get(uid)?.containers[0]?.program;
  return program?.does === "print" && program.afterwards !== "run";
}
