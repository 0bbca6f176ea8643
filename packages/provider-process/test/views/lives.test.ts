import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { memoryFolder, volumesFolder } from "../../src/state-directory.ts";
import { call, isGone, shell, textOf, until } from "../process-node.ts";
import { ViewScene, at, box, execIn, noViews } from "./scene.ts";

const mounts = at({ "/config": "config" });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe.skipIf(noViews)("a container in a view", () => {
  test("goes on without agent and supervisor, is found again, and is entered and updated as before", async () => {
    await using scene = new ViewScene();
    const pod = box("exec sleep 300", mounts);
    {
      await using node = await scene.node();
      await node.create(pod);
      await node.waitForPhase(pod.metadata, "Running");
    }
    await scene.state.killSupervisor();
    scene.text = "second";
    await using node = await scene.node();
    await node.provider.adoptPod(pod, { ...call, observed: pod.metadata });
    await node.waitForPhase(pod.metadata, "Running");
    await expect
      .poll(() => execIn(node, pod, "cat /config/key; hostname"))
      .toBe(`second of config\n${pod.metadata.name}\n0`);
    const status = await node.status(pod.metadata);
    expect(status?.containerStatuses).toMatchObject([{ restartCount: 0, ready: true }]);
    await node.delete(pod.metadata);
    expect(scene.state.processes()).toEqual([]);
  });

  test("is noted so that a supervisor from before views leaves it alone, and enters it nowhere else", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const version = async (pod: Pod) => {
      await node.create(pod);
      await node.waitForPhase(pod.metadata, "Running");
      const record = `${scene.state.path}/pods/${pod.metadata.uid}/app/0/run.json`;
      return (JSON.parse(readFileSync(record, "utf8")) as { version: number }).version;
    };
    expect(await version(box("exec sleep 300", mounts))).toBe(2);
    expect(await version(shell("exec sleep 300"))).toBe(1);
  });

  test("leaves no volumes when all that knew of them are killed while it is removed", async () => {
    await using scene = new ViewScene();
    const left = [volumesFolder(scene.state.path), memoryFolder(scene.state.path)].map(
      (folder) => `${folder}/uid-gone`,
    );
    for (const folder of left) mkdirSync(`${folder}/data`, { recursive: true, mode: 0o700 });
    await using node = await scene.node();
    await node.provider.ping(call);
    await expect.poll(() => left.filter((folder) => existsSync(folder))).toEqual([]);
  });

  test.each([
    { moment: "is about to be made", has: "run.json", text: "" },
    { moment: "is being made", has: "view/files", text: undefined },
    { moment: "has been made", has: "run.json", text: '"inUserNamespace"' },
  ])("runs once or has ended when the supervisor is killed while its view $moment", async ({ has, text }) => {
    await using scene = new ViewScene();
    const pod = box("exec sleep 300", mounts);
    const file = `${scene.state.path}/pods/${pod.metadata.uid}/app/0/${has}`;
    const isThere = () => existsSync(file) && (text === undefined || readFileSync(file, "utf8").includes(text));
    {
      await using node = await scene.node();
      await node.provider.ping(call);
      await node.create(pod);
      await until(isThere, has);
      await scene.state.killSupervisor();
    }
    await using node = await scene.node();
    const status = await node.waitFor(
      pod.metadata,
      ({ containerStatuses }) => containerStatuses !== undefined,
      "what is left",
    );
    const state = status.containerStatuses?.[0]?.state;
    const isRunning = state?.running !== undefined;
    if (!isRunning) expect(state).toMatchObject({ terminated: { reason: "ContainerStatusUnknown" } });
    await expect.poll(() => scene.state.processes()).toHaveLength(isRunning ? 1 : 0);
  });

  test("has a terminal where it asks for one, on which a key ends what it runs and nothing else", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("trap 'echo caught; exit 3' INT; echo up; while :; do sleep 0.05; done", {
      ...mounts,
      tty: true,
      stdin: true,
    });
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    await until(async () => (await node.logs(pod.metadata)).includes("up"), "the trap");
    expect(await execIn(node, pod, "tty", true)).toMatch(/^\/dev\/pts\/\d+\r\n0$/);
    const attached = await node.provider.attach(
      { pod: pod.metadata, container: "app" },
      { ...call, tty: true, stdin: true, stdout: true, stderr: false },
    );
    const said = textOf(attached.stdout);
    const writer = attached.stdin as NodeJS.WritableStream;
    writer.write("\u0003");
    expect(await said).toContain("caught");
    expect(await attached.wait()).toEqual({ type: "code", code: 3 });
  });

  test("is counted with what it uses, and reached at the port that it listens on", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const port = await freePort();
    const pod = box(`nc -ll -p ${port} -e echo reached & exec sleep 300`, mounts);
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    const usage = async () => {
      const { pods } = await node.provider.getStats(call);
      return pods.find(({ podRef }) => podRef.uid === pod.metadata.uid)?.containers[0]?.memory?.workingSetBytes;
    };
    await expect.poll(usage).toBeGreaterThan(0);
    const connect = () => node.provider.forwardPort(pod.metadata, { ...call, port });
    await until(
      () =>
        Promise.resolve(connect()).then(
          () => true,
          () => false,
        ),
      "its port",
    );
  });

  test("takes its whole tree along", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("(setsid sleep 300 >/dev/null 2>&1 &); env -i sleep 302 & echo $!; wait", mounts);
    await node.create(pod);
    await until(
      async () => /\d+\n/.test((await node.status(pod.metadata)) ? await node.logs(pod.metadata).catch(() => "") : ""),
      "the tree",
    );
    const cleared = Number((await node.logs(pod.metadata)).split("\n")[0]);
    expect(isGone(cleared)).toBe(false);
    await node.delete(pod.metadata);
    expect(isGone(cleared)).toBe(true);
  });
});
