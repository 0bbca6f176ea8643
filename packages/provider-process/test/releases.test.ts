import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FrameReader, channels, encodeMessage } from "../src/protocol/frames.ts";
import { type Hello, type Request, protocolVersion } from "../src/protocol/messages.ts";
import { identify } from "../src/supervisor/processes/process-table.ts";
import { memoryFolder, socketPath, volumesFolder } from "../src/state-directory.ts";
import { StateDirectory, call, until } from "./process-node.ts";
import { ViewScene, at, box, noViews } from "./views/scene.ts";
import { type LeftState, leaveState, pods, shapeOf } from "./releases/left-state.ts";

const folder = fileURLToPath(new URL("releases/", import.meta.url));
const releases = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const newest = releases.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1) ?? "";

function leftBy(release: string): LeftState {
  return JSON.parse(readFileSync(join(folder, release, "left-state.json"), "utf8")) as LeftState;
}

/** Lays out what a release has left; `change` is made to the record of one run or pod before. */
function layOut(
  directory: string,
  { files }: LeftState,
  changes: Readonly<Record<string, object | string>> = {},
): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const change = changes[path];
    const json = typeof change === "string" ? change : JSON.stringify({ ...(content as object), ...change });
    writeFileSync(file, path.endsWith("/log") ? (content as string[]).join("\n") : json);
  }
}

describe.each(releases)("what release %s has left", (release) => {
  const left = leftBy(release);

  test("is read: how pods ended, what they wrote, and how often they were started", async () => {
    await using state = new StateDirectory();
    layOut(state.path, left);
    await using node = await state.node();
    const states = await node.provider.getPods(call);
    const byName = Object.fromEntries([...(states as Iterable<{ name: string }>)].map((one) => [one.name, one]));

    // The machine was started again since: what ran has ended, and nobody saw how.
    const unknown = { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } };
    expect(byName).toMatchObject({
      ended: {
        revision: "v1:a",
        status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] },
      },
      running: {
        revision: "v1:b",
        status: {
          containerStatuses: [{ restartCount: 0, state: unknown }],
          ephemeralContainerStatuses: [{ state: { terminated: { exitCode: 4 } } }],
        },
      },
      restarted: { status: { containerStatuses: [{ restartCount: 1 }] } },
      late: { status: { phase: "Failed", reason: "DeadlineExceeded" } },
      missing: { status: { containerStatuses: [{ state: { terminated: { reason: "StartError" } } }] } },
      deleted: { status: { phase: "Failed", containerStatuses: [{ state: unknown }] } },
    });
    expect(await node.logs(pods.ended.metadata)).toBe("out\nerr\n");
  });

  test("is gone on with: a pod that is adopted starts its next run, and no ephemeral container again", async () => {
    await using state = new StateDirectory();
    layOut(state.path, left);
    await using node = await state.node();
    const { metadata } = pods.running;
    await node.provider.adoptPod(pods.running, { ...call, observed: metadata });
    const status = await node.waitFor(metadata, (seen) => seen.containerStatuses?.[0]?.ready === true, "the next run");

    expect(status.containerStatuses).toMatchObject([{ restartCount: 1 }]);
    expect(status.ephemeralContainerStatuses).toMatchObject([{ restartCount: 0, state: { terminated: {} } }]);
  });

  test("is adopted where it still runs, neither restarted nor doubled", async () => {
    await using state = new StateDirectory();
    const run = "pods/uid-running/app/0/run.json";
    const { marker } = left.files[run] as { readonly marker: string };
    const env = { VIRTUAL_KUBELET_CONTAINER: marker, HOME: `${state.path}/`, PATH: process.env["PATH"] };
    const running = spawn("sleep", ["300"], { env, detached: true, stdio: "ignore" });
    await once(running, "spawn");
    layOut(state.path, left, { [run]: { process: identify(running.pid ?? 0) } });

    await using node = await state.node();
    const { metadata } = pods.running;
    await node.provider.adoptPod(pods.running, { ...call, observed: metadata });
    const status = await node.waitForPhase(metadata, "Running");
    expect(status.containerStatuses).toMatchObject([{ restartCount: 0, ready: true, state: { running: {} } }]);
    expect(state.processes()).toEqual([running.pid]);
    const ended = once(running, "exit");
    await node.delete(metadata);
    await ended;
  });

  test("is talked to: a supervisor of that release serves an agent of this one", async () => {
    await using state = new StateDirectory();
    const { requests, replies } = left;
    const asked: Record<string, unknown> = {};
    await using _old = await scripted(state.path, replies["hello"] as { hello: Hello }, ({ id, method, params }) => {
      asked[method] ??= params;
      const events = method === "watch" ? ["pod", "end", "synced"].map((kind) => replies[kind]) : [];
      return [...events, { ...(replies[method] as object), id }];
    });
    await using node = await state.node();
    await node.waitFor(pods.ended.metadata, ({ phase }) => phase === "Failed", "what it tells");
    await node.create({ ...pods.running, metadata: { ...pods.running.metadata, uid: "uid-new" } });
    await until(() => "start" in asked, "a start to be asked for");

    for (const method of ["watch", "keepPod", "start"])
      expect(Object.keys(asked[method] as object)).toEqual(
        expect.arrayContaining(Object.keys(requests[method] as object)),
      );
  });
});

describe("this version", () => {
  // Where this fails, an agent of a version before may misread what this one leaves, or this one what that has left: raise
  // recordVersion, podVersion or protocolVersion if so; and in any case keep it for the versions to come, by record.ts.
  test(`leaves what release ${newest} has left, or else is kept as the next one`, async () => {
    expect(shapeOf(await leaveState())).toEqual(shapeOf(leftBy(newest)));
  });

  test.each([
    [
      "of a newer format",
      "pods/uid-running/app/0/run.json",
      { version: 3 },
      "format 3, and this version reads formats 1 and 2",
    ],
    [
      "of a pod, of a newer format",
      "pods/uid-ended/pod.json",
      { version: 2 },
      "format 2, and this version reads format 1",
    ],
    ["that is nonsense", "pods/uid-running/app/0/run.json", "nonsense", "it is no record"],
    [
      "that an agent of a newer format has kept",
      "pods/uid-ended/pod.json",
      { record: { version: 2 } },
      "another version of the agent",
    ],
  ])("leaves a record alone %s, says so, and does nothing else", async (_title, path, change, why) => {
    await using state = new StateDirectory();
    layOut(state.path, leftBy(newest), { [path]: change });
    const before = readFileSync(join(state.path, path), "utf8");
    await using node = await state.node();

    let said: unknown;
    const ask = async () => {
      said = await Promise.resolve(node.provider.getPods({ signal: AbortSignal.timeout(300) })).catch(
        (error: unknown) => error,
      );
      return said instanceof Error && said.message.includes(why);
    };
    await until(ask, () => `a refusal that says “${why}”; it was ${String(said)}`);
    expect(said).toMatchObject({ code: "Unavailable" });
    expect(state.processes()).toEqual([]);
    expect(readFileSync(join(state.path, path), "utf8")).toBe(before);
  });

  test.each<[string, Omit<Hello, "pid">, boolean]>([
    ["of its own version", { protocol: protocolVersion }, true],
    ["that is newer and serves it", { protocol: protocolVersion + 1, oldestClient: protocolVersion }, true],
    ["that is newer and does not", { protocol: protocolVersion + 1, oldestClient: protocolVersion + 1 }, false],
    ["that is newer and does not say", { protocol: protocolVersion + 1 }, false],
    ["that is too old", { protocol: 1, oldestClient: 1 }, false],
  ])("uses a supervisor %s, or says in a sentence that it cannot", async (_title, greeting, usable) => {
    await using state = new StateDirectory();
    const hello: Hello = { ...greeting, pid: 7 };
    await using _other = await scripted(state.path, { hello }, ({ id }) => [{ id, result: {} }]);
    await using node = await state.node();

    const asked = node.provider.ping(call);
    if (usable) return expect(await asked).toBeUndefined();
    await expect(asked).rejects.toMatchObject({
      code: "Unsupported",
      message: `The supervisor (process 7) speaks version ${hello.protocol} of the protocol and this agent version ${protocolVersion}: run the version of the agent that started it until the node's pods are gone, or end that process.`,
    });
  });
});

describe.skipIf(noViews)("a supervisor from before root views", () => {
  test("is not asked to start what needs one: it would do so in the host's own tree", async () => {
    await using scene = new ViewScene();
    const asked: string[] = [];
    const hello: Hello = { protocol: 2, oldestClient: 2, pid: 7 };
    await using _old = await scripted(scene.state.path, { hello }, ({ id, method }) => {
      asked.push(method);
      return method === "watch" ? [{ event: { type: "synced" } }, { id, result: {} }] : [{ id, result: {} }];
    });
    await using node = await scene.node();
    const pod = box("true", at({ "/config": "config" }));
    await node.create(pod);
    const { containerStatuses } = await node.waitFor(
      pod.metadata,
      (status) => status.containerStatuses?.[0]?.state?.waiting?.reason === "ProviderUnavailable",
      "the refusal",
    );
    expect(containerStatuses?.[0]?.state?.waiting?.message).toContain("is one of a version that has no root views");
    expect(asked).not.toContain("start");
    // It would not remove them with the pod.
    const volumes = [volumesFolder(scene.state.path), memoryFolder(scene.state.path)];
    expect(volumes.filter((path) => existsSync(path))).toEqual([]);
  });
});

/** A supervisor that says what it is told to say. */
async function scripted(
  directory: string,
  greeting: { readonly hello: Hello },
  answers: (request: Request) => readonly unknown[],
): Promise<AsyncDisposable> {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const reader = new FrameReader();
    socket.write(encodeMessage(greeting));
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const { channel, payload } of reader.push(bytes)) {
        if (channel !== channels.message) continue;
        for (const answer of answers(JSON.parse(payload.toString()) as Request)) socket.write(encodeMessage(answer));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath(directory), resolve));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
