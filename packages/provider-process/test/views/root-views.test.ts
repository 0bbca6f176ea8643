import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ViewScene, at, box, endOf, execIn, noViews, outputOf } from "./scene.ts";

describe.skipIf(noViews)("a container in a root view of its own", () => {
  test("sees its image's directory, what it mounts, and what every container has; and writes nothing there", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    writeFileSync(`${scene.root.path}/of-image`, "of the image\n");
    const script = `cat /of-image /config/key /var/run/secrets/key; hostname; pwd; echo $HOME
      echo new > /of-image; cat /of-image; touch /data/x && ls /data; stat -c %a /tmp /dev/shm /data; ls /dev/null
      grep search /etc/resolv.conf; cat /etc/hostname; grep $HOSTNAME /etc/hosts
      touch /config/other 2>&1 || true`;
    const mounts = at({ "/config": "config", "/var/run/secrets": "secret", "/data": "scratch" });
    const pod = box(script, mounts);
    const { name } = pod.metadata;
    expect((await outputOf(node, pod)).split("\n")).toEqual([
      "of the image",
      "first of config",
      "first of secret",
      name,
      "/",
      "/root",
      "new",
      "x",
      "1777",
      "1777",
      "777",
      "/dev/null",
      "search default.svc.cluster.test",
      name,
      `192.0.2.1\t${name}`,
      "touch: /config/other: Read-only file system",
      "",
    ]);
    expect(await outputOf(node, box("cat /of-image"))).toBe("of the image\n");
    expect(readdirSync(scene.root.path)).not.toContain("data");
  });

  test("sees an update of a volume, also where a command is executed in it", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("until grep second /config/key; do sleep 0.05; done; exec sleep 300", at({ "/config": "config" }));
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    scene.text = "second";
    await expect.poll(() => node.logs(pod.metadata)).toBe("second of config\n");
    expect(await execIn(node, pod, "cat /config/key; hostname; ls -d /bin /srv 2>/dev/null")).toBe(
      `second of config\n${pod.metadata.name}\n/bin\n1`,
    );
  });

  test("runs what its image says, with its variables, where and as whom it says", async () => {
    await using scene = new ViewScene();
    const image = {
      root: scene.root.path,
      command: ["sh", "-c", 'echo "$GREETING $OWN $0"; pwd; echo $HOME'],
      args: ["by image"],
      environment: { GREETING: "hello", OWN: "image" },
      workingDirectory: "/srv/made",
      user: "worker",
    };
    const variables = [{ name: "OWN", value: "pod", sensitive: false }];
    await using node = await scene.node({ images: { "registry.test/app": image }, variables });
    const unnamed = { image: "registry.test/app:1", command: [] };
    expect(await outputOf(node, box("", unnamed))).toBe("hello pod by image\n/srv/made\n/home/worker\n");
    const args = ["$(OWN)"];
    expect(await outputOf(node, box("", { ...unnamed, args }))).toBe("hello pod pod\n/srv/made\n/home/worker\n");
  });

  test("is read-only where the pod asks for that, but for what it mounts", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const security = { securityContext: { readOnlyRootFilesystem: true } };
    const script = "touch /x 2>&1; touch /data/x /dev/shm/x && echo written";
    expect(await outputOf(node, box(script, { ...security, ...at({ "/data": "scratch" }) }))).toBe(
      "touch: /x: Read-only file system\nwritten\n",
    );
  });

  test.each([
    { command: ["/no/such/program"], message: 'exec: "/no/such/program": no such file or directory' },
    { command: ["no-such-program"], message: 'exec: "no-such-program": executable file not found in $PATH' },
    // It is on every host.
    { command: ["/usr/bin/nsenter"], message: 'exec: "/usr/bin/nsenter": no such file or directory' },
    { command: ["/etc/passwd"], message: 'exec: "/etc/passwd": permission denied' },
  ])("that cannot be started says why: $message", async ({ command, message }) => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const { containerStatuses } = await endOf(node, box("", { command }));
    expect(containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 128, reason: "StartError", message });
  });

  test("is asked to end itself, not what has started it, and its exit is its own", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box(
      "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done",
      {},
      { terminationGracePeriodSeconds: 600 },
    );
    await node.create(pod);
    await expect.poll(() => node.logs(pod.metadata)).toBe("up\n");
    await node.provider.deletePod(pod.metadata, { signal: new AbortController().signal, gracePeriodSeconds: 600 });
    const { containerStatuses } = await node.waitForPhase(pod.metadata, "Failed");
    expect(containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7 });
    const killed = await endOf(node, box("kill -SEGV $$$$"));
    expect(killed.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 139, signal: 11 });
  });

  test("shows what it writes to its root to nobody else on the host", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("echo mine > /x; exec sleep 300", { securityContext: { runAsUser: 0 } });
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    const view = `${scene.state.path}/pods/${pod.metadata.uid}/app/0/view`;
    expect(existsSync(`${view}/upper`)).toBe(true);
    expect(statSync(view).mode & 0o777).toBe(0o700);
  });

  test("leaves nothing behind, neither mounts nor files", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box(
      "mkdir /data/closed; chmod 0 /data/closed; mkdir -m 0 /closed; exec sleep 300",
      at({ "/data": "memory", "/config": "config" }),
    );
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    const memory = readdirSync("/dev/shm").map((name) => `/dev/shm/${name}/${pod.metadata.uid}`);
    expect(memory.filter((folder) => existsSync(folder))).toHaveLength(1);
    expect(mountsBelow(scene.state.path)).toEqual([]);
    await node.delete(pod.metadata);
    expect(memory.filter((folder) => existsSync(folder))).toEqual([]);
    expect(readdirSync(`${scene.state.path}/pods`)).toEqual([]);
    expect(readdirSync(`${scene.state.path}/volumes`)).toEqual([]);
  });
});

function mountsBelow(folder: string): readonly string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));
}
