import { existsSync, readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { StateDirectory, call, shell, textOf, until } from "./process-node.ts";

type EphemeralContainer = NonNullable<Pod["spec"]["ephemeralContainers"]>[number];

const streams = { tty: false, stdin: false, stdout: true, stderr: true };

function withDebugger(pod: Pod, script: string, more: Partial<EphemeralContainer> = {}): Pod {
  const debug = { name: "debug", image: "host", command: ["sh", "-c", script], targetContainerName: "app", ...more };
  return { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } };
}

function restartable(image: string): Pod {
  return shell("exec sleep 300", { restartPolicy: "Never" }, { image });
}

describe("an ephemeral container", () => {
  test("starts in the running pod, has logs, and answers exec", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const plain = shell("exec sleep 300");
    const pod = await node.create(plain);
    await node.waitForPhase(pod, "Running");

    await node.update(withDebugger(plain, "echo hello; exec sleep 300"), "ephemeralContainers");
    const status = await node.waitFor(
      pod,
      ({ ephemeralContainerStatuses }) => ephemeralContainerStatuses?.[0]?.state?.running !== undefined,
      "the debugger",
    );

    expect(status).toMatchObject({ phase: "Running", containerStatuses: [{ restartCount: 0, ready: true }] });
    const ref = { pod, container: "debug" };
    await until(async () => (await node.logs(pod, { container: "debug" })) === "hello\n", "its output");
    const command = ["sh", "-c", "echo here"] as const;
    const inside = await node.provider.exec(ref, { ...call, ...streams, command: [...command] });
    expect(await textOf(inside.stdout)).toBe("here\n");
    expect(await inside.wait()).toEqual({ type: "code", code: 0 });
    await node.delete(pod);
    expect(state.processes()).toEqual([]);
  });

  test("on a terminal takes what is typed, and ends for good", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const plain = shell("exec sleep 300", { restartPolicy: "Always" });
    const pod = await node.create(plain);
    await node.waitForPhase(pod, "Running");
    const debugged = withDebugger(plain, "", { command: ["sh"], stdin: true, stdinOnce: true, tty: true });
    await node.update(debugged, "ephemeralContainers");
    await node.waitFor(pod, (status) => status.ephemeralContainerStatuses?.[0]?.state?.running !== undefined, "it");

    const ref = { pod, container: "debug" };
    const shellOf = await node.provider.attach(ref, { ...call, ...streams, tty: true, stdin: true });
    const said = textOf(shellOf.stdout);
    (shellOf.stdin as Writable).write("tty; exit 3\n");
    expect(await shellOf.wait()).toEqual({ type: "code", code: 3 });
    expect(await said).toContain("/dev/pts/");

    const status = await node.waitFor(
      pod,
      ({ ephemeralContainerStatuses }) => ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined,
      "its end",
    );
    expect(status.ephemeralContainerStatuses).toMatchObject([
      { restartCount: 0, ready: false, state: { terminated: { exitCode: 3, reason: "Error" } } },
    ]);
    await node.update(debugged, "labels");
    expect((await node.status(pod))?.ephemeralContainerStatuses).toEqual(status.ephemeralContainerStatuses);
    expect(status.phase).toBe("Running");
  });

  test("is adopted by the next agent, and not started twice", async () => {
    await using state = new StateDirectory();
    const plain = shell("exec sleep 300");
    const debugged = withDebugger(plain, "echo once >> ../../../count; exec sleep 300");
    {
      await using node = await state.node();
      const pod = await node.create(plain);
      await node.waitForPhase(pod, "Running");
      await node.update(debugged, "ephemeralContainers");
      await until(() => state.processes().length === 2, "both");
    }
    const before = state.processes();

    await using node = await state.node();
    await node.provider.adoptPod(debugged, { ...call, observed: plain.metadata });
    await node.update(debugged, "ephemeralContainers");
    const status = await node.waitForPhase(plain.metadata, "Running");

    expect(status.ephemeralContainerStatuses).toMatchObject([{ name: "debug", state: { running: {} } }]);
    expect(state.processes()).toEqual(before);
    const count = `${state.path}/pods/${plain.metadata.uid}/count`;
    expect(readFileSync(count, "utf8")).toBe("once\n");
  });

  test("that asks for what a process cannot have waits and says why", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const plain = shell("exec sleep 300");
    const pod = await node.create(plain);
    await node.waitForPhase(pod, "Running");
    const volumeDevices = [{ name: "data", devicePath: "/dev/data" }];
    await node.update(withDebugger(plain, "true", { volumeDevices }), "ephemeralContainers");

    const { ephemeralContainerStatuses } = await node.waitFor(
      pod,
      (status) => status.ephemeralContainerStatuses?.[0]?.state?.waiting?.reason === "Unsupported",
      "the refusal",
    );
    expect(ephemeralContainerStatuses?.[0]?.state?.waiting?.message).toContain("block devices");
    expect(existsSync(`${state.path}/pods/${pod.uid}/debug`)).toBe(false);
  });
});

describe("a change of a running pod", () => {
  test("of an image ends the container and starts it again", async () => {
    await using state = new StateDirectory();
    const events: string[] = [];
    await using node = await state.node({ events });
    const first = restartable("app:1");
    const pod = await node.create(first);
    await node.waitForPhase(pod, "Running");
    const [before] = state.processes();

    await node.update({ ...first, spec: restartable("app:2").spec }, "images");
    const { containerStatuses } = await node.waitFor(
      pod,
      (status) => status.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready,
      "the restart",
    );

    expect(containerStatuses).toMatchObject([{ image: "app:2", lastState: { terminated: { exitCode: 143 } } }]);
    expect(state.processes()).not.toContain(before);
    expect(events).toContain("Killing: Container app definition changed, will be restarted");
  });

  test("of resources touches nothing, and says that nothing is enforced", async () => {
    await using state = new StateDirectory();
    const events: string[] = [];
    await using node = await state.node({ events });
    const plain = shell("exec sleep 300");
    const pod = await node.create(plain);
    const before = await node.waitForPhase(pod, "Running");
    const resources = { requests: { cpu: "2" } };
    const containers = plain.spec.containers.map((container) => ({ ...container, resources }));

    await node.update({ ...plain, spec: { ...plain.spec, containers } }, "resources");

    expect(await node.provider.getPod(pod, call)).toMatchObject({ revision: "v1:b", status: before });
    expect((await node.status(pod))?.containerStatuses?.[0]).not.toHaveProperty("resources");
    expect(events.at(-1)).toMatch(/^ResizeNotEnforced: /);
  });

  test("of its deadline is obeyed, also by the next agent", async () => {
    await using state = new StateDirectory();
    const plain = shell("exec sleep 300", { terminationGracePeriodSeconds: 1 });
    {
      await using node = await state.node();
      const pod = await node.create(plain);
      await node.waitForPhase(pod, "Running");
      await node.update({ ...plain, spec: { ...plain.spec, activeDeadlineSeconds: 2 } }, "activeDeadlineSeconds");
    }
    const events: string[] = [];
    await using node = await state.node({ events });
    const status = await node.waitForPhase(plain.metadata, "Failed");

    const message = "Pod was active on the node longer than the specified deadline";
    expect(status).toMatchObject({ reason: "DeadlineExceeded", message });
    expect(events).toContain(`DeadlineExceeded: ${message}`);
    expect(state.processes()).toEqual([]);
  });
});
