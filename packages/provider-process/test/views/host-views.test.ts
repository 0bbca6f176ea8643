import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shell } from "../process-node.ts";
import { ViewScene, at, box, execIn, inUserNamespace, noViews, outputOf } from "./scene.ts";

const onHost = { image: "host" };

describe.skipIf(noViews)("a container of the host with volumes", () => {
  test("sees the host, and its volumes also where the host has nothing, of which the host sees nothing", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const missing = ["/var/run/secrets/kubernetes.io/vk-test", "/vk-test/a/b", "/etc/vk-test", "/vk-test/a/c"];
    const mounts = at(Object.fromEntries(missing.map((path) => [path, "config"])));
    const before = [readdirSync("/"), readdirSync("/etc"), readdirSync("/run")];
    const script = `cat ${missing.map((path) => `${path}/key`).join(" ")}; ls /etc/passwd; [ "$HOME" = "$PWD" ] && echo home > x && cat x`;
    expect(await outputOf(node, box(script, { ...onHost, ...mounts }))).toBe(
      `${"first of config\n".repeat(4)}/etc/passwd\nhome\n`,
    );
    expect([readdirSync("/"), readdirSync("/etc"), readdirSync("/run")]).toEqual(before);
  });

  test("can write to the host's files as before, beside a volume that hides some", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const folder = mkdtempSync(join(tmpdir(), "vk-shared-"));
    writeFileSync(join(folder, "hidden"), "");
    try {
      const mounts = at({ [`${folder}/there`]: "scratch" });
      const script = `echo 1 > ${folder}/there/x; echo more >> ${folder}/hidden; ls ${folder}`;
      expect(await outputOf(node, box(script, { ...onHost, ...mounts }))).toBe("hidden\nthere\n");
      expect(existsSync(join(folder, "there"))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(inUserNamespace)("finds the directory that a volume is put into to be its owner's", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const home = mkdtempSync(join(tmpdir(), "vk-home-"));
    chownSync(home, 1234, 2345);
    try {
      const mounts = { ...at({ [`${home}/there`]: "config" }), securityContext: { runAsUser: 1234 } };
      const script = `stat -c '%u %g %a' ${home}; cat ${home}/there/key`;
      expect(await outputOf(node, box(script, { ...onHost, ...mounts }))).toBe("1234 2345 700\nfirst of config\n");
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  test("starts where and as whom it did without, and so does a command in it", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("id -u; pwd; exec sleep 300", { ...onHost, ...at({ "/vk-test": "config" }), workingDir: "/usr" });
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    const uid = process.getuid?.();
    await expect.poll(() => node.logs(pod.metadata)).toBe(`${uid}\n/usr\n`);
    expect(await execIn(node, pod, "id -u; pwd; cat /vk-test/key")).toBe(`${uid}\n/usr\nfirst of config\n0`);
  });

  test("has the group that it asks for, also where it asks for no user", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const security = { securityContext: { runAsGroup: 1234 } };
    expect(await outputOf(node, shell("id -u; id -G", security, onHost))).toBe(`${process.getuid?.()}\n1234\n`);
  });
});
