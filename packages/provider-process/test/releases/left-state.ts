import { existsSync, readFileSync, readdirSync } from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { join, relative } from "node:path";
import type { Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import { FrameReader, channels } from "../../src/protocol/frames.ts";
import type { Reply, Request } from "../../src/protocol/messages.ts";
import { socketPath } from "../../src/state-directory.ts";
import { type ProcessNode, StateDirectory, call, isGone, shell, until } from "../process-node.ts";

/** What a release leaves: its files by their paths in the state directory, and what agent and supervisor said, by its kind. */
export interface LeftState {
  readonly files: Readonly<Record<string, unknown>>;
  readonly requests: Readonly<Record<string, unknown>>;
  readonly replies: Readonly<Record<string, unknown>>;
}

/** A pod of which this is known by its name. */
export function podNamed(name: string, script: string, spec: Partial<PodSpec> = {}, container = {}): Pod {
  const pod = shell(script, { terminationGracePeriodSeconds: 1, ...spec }, { image: "host", ...container });
  return { ...pod, metadata: { ...pod.metadata, name, uid: `uid-${name}` } };
}

const debug = { name: "debug", image: "host", command: ["sh", "-c", "exit 4"] };

/** Pods of each kind that a record tells apart. */
export const pods = {
  ended: podNamed("ended", "echo out; echo err >&2; exit 3"),
  running: podNamed("running", "exec sleep 300", { restartPolicy: "Always" }, { stdin: true, workingDir: "/" }),
  restarted: podNamed("restarted", "[ -e ../../0/work/ran ] || { : > ran; exit 1; }; exec sleep 300", {
    restartPolicy: "Always",
  }),
  late: podNamed("late", "exec sleep 300", { activeDeadlineSeconds: 0 }),
  missing: podNamed("missing", "", {}, { command: ["/no/such/program"] }),
  deleted: podNamed("deleted", "trap '' TERM; echo up; while :; do sleep 0.05; done"),
} as const;

/** Leaves the state of this version in a directory of its own, as an agent and a supervisor that are killed do. */
export async function leaveState(): Promise<LeftState> {
  await using state = new StateDirectory();
  await using front = new StateDirectory();
  const said = await listenIn(front.path, state.path);
  {
    // The supervisor is there before the agent comes by the other door.
    await using first = await state.node();
    await first.provider.ping(call);
    await using node = await front.node();
    await live(node, state.path);
    await using next = await front.node();
    await next.provider.getPods(call);
  }
  const pids = state.processes();
  await state.killSupervisor();
  for (const pid of pids) if (!isGone(pid)) process.kill(pid, "SIGKILL");
  said.server.close();
  return { files: filesIn(state.path), requests: said.requests, replies: said.replies };
}

async function live(node: ProcessNode, directory: string): Promise<void> {
  for (const pod of Object.values(pods)) await node.create(pod);
  const debugged = { ...pods.running, spec: { ...pods.running.spec, ephemeralContainers: [debug] } };
  await node.waitForPhase(pods.running.metadata, "Running");
  await node.update(debugged, "ephemeralContainers");
  await node.waitFor(
    pods.running.metadata,
    ({ ephemeralContainerStatuses }) => ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined,
    "the debugger's end",
  );
  for (const pod of [pods.ended, pods.late, pods.missing]) await node.waitForPhase(pod.metadata, "Failed");
  await node.waitFor(
    pods.restarted.metadata,
    ({ containerStatuses }) => containerStatuses?.[0]?.restartCount === 1 && containerStatuses[0].ready,
    "the restart",
  );
  const log = join(directory, "pods", pods.deleted.metadata.uid, "app", "0", "log");
  await until(() => existsSync(log) && readFileSync(log, "utf8").endsWith("up\n"), "the trap");
  await node.provider.deletePod(pods.deleted.metadata, { ...call, gracePeriodSeconds: 600 });
  await node.waitFor(pods.deleted.metadata, () => true, "the pod that is to end");
}

interface Said {
  readonly server: Server;
  readonly requests: Record<string, unknown>;
  readonly replies: Record<string, unknown>;
}

/** A second door to a supervisor, at which what is said of the pod that ends is noted, and of the end of the one that is deleted. */
async function listenIn(door: string, supervised: string): Promise<Said> {
  const requests: Record<string, unknown> = {};
  const replies: Record<string, unknown> = {};
  const server = createServer((socket) => {
    const behind = connect(socketPath(supervised));
    const methods = new Map<number, string>();
    pass(socket, behind, (message) => {
      const { id, method, params } = message as Request;
      const { uid } = params as { readonly uid?: string };
      const isNoted = uid === undefined || uid === (method === "stop" ? pods.deleted : pods.ended).metadata.uid;
      if (isNoted) methods.set(id, method);
      if (isNoted) requests[method] ??= params;
    });
    pass(behind, socket, (message) => {
      const reply = message as Reply;
      const kind = kindOf(reply, methods);
      if (kind) replies[kind] ??= reply;
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath(door), resolve));
  return { server, requests, replies };
}

function kindOf(reply: Reply, methods: ReadonlyMap<number, string>): string | undefined {
  if ("hello" in reply) return "hello";
  if ("result" in reply) return methods.get(reply.id);
  if (!("event" in reply) || reply.event.type !== "run") return "event" in reply ? reply.event.type : undefined;
  const { uid, end } = reply.event.run;
  return uid === pods.ended.metadata.uid && end ? "end" : undefined;
}

function pass(from: Socket, to: Socket, heard: (message: unknown) => void): void {
  const reader = new FrameReader();
  from.on("data", (bytes) => {
    to.write(bytes);
    for (const { channel, payload } of reader.push(bytes)) {
      if (channel === channels.message) heard(JSON.parse(payload.toString()));
    }
  });
  from.on("error", () => undefined).on("close", () => to.destroy());
}

/** Records as what they hold, logs as lines; nothing of what only processes of that time could use. */
function filesIn(directory: string): LeftState["files"] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /^(log|lock\.\d+|.*\.json)$/.test(entry.name));
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [relative(directory, file), contentOf(file)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function contentOf(file: string): unknown {
  const text = readFileSync(file, "utf8");
  return file.endsWith("log") ? text.split("\n") : JSON.parse(text);
}

const boot = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\//;

/** What a left state says of the machine that it comes from is no matter of the release. */
export function withoutMachine(left: LeftState): LeftState {
  return JSON.parse(JSON.stringify(left), (key, value: unknown) => {
    if (key === "startedAt" && typeof value === "string")
      return value.replace(boot, "00000000-0000-0000-0000-000000000000/");
    return key === "PATH" ? "/usr/bin:/bin" : value;
  }) as LeftState;
}

/** What differs from one time to the next, as a word that says what it is. */
const variables: readonly (readonly [RegExp, string])[] = [
  [/^0{8}[0-]*\/\d*$/, "<boot>/<ticks>"],
  [/^[0-9a-f]{32}$/, "<marker>"],
  [/^\d{4}-\d\d-\d\dT[\d:.]+Z/, "<time>"],
];

/** A left state without what differs from one time to the next. */
export function shapeOf(left: LeftState): unknown {
  return JSON.parse(JSON.stringify(withoutMachine(left)), (key, value: unknown) => {
    if (typeof value === "number" && /Ms$|^pid$|^id$|^gracePeriodSeconds$/.test(key)) return `<${key}>`;
    if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.toSorted();
    if (typeof value !== "string") return value;
    return variables.reduce((text, [pattern, word]) => text.replace(pattern, word), value);
  });
}
