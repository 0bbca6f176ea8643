import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container, VolumeMount } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { ViewScene, box, inUserNamespace, noViews, outputOf } from "./scene.ts";

const scratch = (more: Partial<VolumeMount> = {}): VolumeMount => ({ name: "scratch", mountPath: "/data", ...more });

const ends = { restartPolicy: "Never" } as const;

describe.skipIf(noViews)("what a container mounts", () => {
  test("is a part of a volume where the pod names one, made when it is not there", async () => {
    await using scene = new ViewScene();
    const variables = [{ name: "POD", value: "web-0", sensitive: false }];
    await using node = await scene.node({ variables });
    const writer: Container = {
      name: "writer",
      image: "box",
      command: ["sh", "-c", "mkdir /all/there; echo of there > /all/there/file"],
      volumeMounts: [scratch({ mountPath: "/all" })],
    };
    const volumeMounts = [
      scratch({ mountPath: "/new", subPathExpr: "logs/$(POD)" }),
      scratch({ mountPath: "/file", subPath: "there/file" }),
      scratch({ mountPath: "/read", readOnly: true }),
      { name: "config", mountPath: "/etc/app.conf", subPath: "key" },
    ];
    const script = "echo 1 > /new/x; cat /file /etc/app.conf /read/logs/web-0/x; stat -c %a /new; touch /read/y 2>&1";
    expect(await outputOf(node, box(`${script}; true`, { volumeMounts }, { initContainers: [writer], ...ends }))).toBe(
      "of there\nfirst of config\n1\n777\ntouch: /read/y: Read-only file system\n",
    );
  });

  test("is nothing outside of its volume, whatever links a container has put there", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const writer: Container = {
      name: "writer",
      image: "box",
      command: [
        "sh",
        "-c",
        "ln -s /etc /all/absolute; ln -s ../../../../etc /all/above; mkdir /all/in; ln -s in /all/fine",
      ],
      volumeMounts: [scratch({ mountPath: "/all" })],
    };
    const spec = { initContainers: [writer], ...ends };
    for (const subPath of ["absolute", "above", "absolute/ssl"]) {
      const pod = box("ls /data", { volumeMounts: [scratch({ subPath })] }, spec);
      await node.create(pod);
      const { containerStatuses } = await node.waitFor(
        pod.metadata,
        (status) => status.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
        "the refusal",
      );
      expect(containerStatuses?.[0]?.state?.waiting?.message).toBe(
        'failed to prepare subPath for volumeMount "scratch" of container "app"',
      );
    }
    expect(await outputOf(node, box("ls -a /data", { volumeMounts: [scratch({ subPath: "fine" })] }, spec))).toBe(
      ".\n..\n",
    );
  });

  test("is put into the image, and not where a link of a volume leads on the host", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const outside = mkdtempSync(join(tmpdir(), "vk-outside-"));
    try {
      const writer: Container = {
        name: "writer",
        image: "box",
        command: ["ln", "-s", outside, "/all/link"],
        volumeMounts: [scratch({ mountPath: "/all" })],
      };
      const volumeMounts = [scratch(), { name: "config", mountPath: "/data/link/made" }];
      const pod = box(`cat ${outside}/made/key`, { volumeMounts }, { initContainers: [writer], ...ends });
      expect(await outputOf(node, pod)).toBe("first of config\n");
      expect(() => rmSync(join(outside, "made"))).toThrow("ENOENT");
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test("is a path of the host only below those that are allowed", async () => {
    await using scene = new ViewScene();
    const folder = mkdtempSync(join(tmpdir(), "vk-shared-"));
    try {
      mkdirSync(join(folder, "data"));
      writeFileSync(join(folder, "data", "file"), "of the host\n");
      symlinkSync("/etc", join(folder, "data", "out"));
      await using node = await scene.node({ allowHostPath: [join(folder, "data")] });
      const podOf = (path: string, type = "") => {
        const hosted = { volumes: [{ name: "host", hostPath: { path, type } }] };
        return box("cat /data/file; touch /data/new", { volumeMounts: [{ name: "host", mountPath: "/data" }] }, hosted);
      };
      expect(await outputOf(node, podOf(join(folder, "data"), "Directory"))).toBe("of the host\n");
      for (const [path, type, message] of [
        [join(folder, "data/out"), "", "pods may not see"],
        [folder, "", "paths of the host are not mounted"],
        [join(folder, "data/file"), "Directory", "hostPath type check failed"],
        [join(folder, "data/none"), "Directory", "does not exist"],
      ] as const) {
        const pod = podOf(path, type);
        await node.create(pod);
        const { containerStatuses } = await node.waitFor(
          pod.metadata,
          (status) => status.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
          "the refusal",
        );
        expect(containerStatuses?.[0]?.state?.waiting?.message).toContain(message);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(inUserNamespace)(
    "has the size that it asks for, in memory, for all containers of the pod alike",
    async () => {
      await using scene = new ViewScene();
      await using node = await scene.node();
      const sized = [{ name: "sized", emptyDir: { medium: "Memory", sizeLimit: "10Mi" } }];
      const volumeMounts = [{ name: "sized", mountPath: "/sized" }];
      const other: Container = {
        name: "other",
        image: "box",
        command: ["sh", "-c", "echo there > /sized/x"],
        volumeMounts,
      };
      const pod = box(
        "until [ -e /sized/x ]; do sleep 0.05; done; df /sized | awk 'END { print $2 }'; stat -c %a /sized",
        { volumeMounts },
      );
      const { containers } = pod.spec;
      const both = { ...pod, spec: { ...pod.spec, volumes: sized, containers: [...containers, other] } };
      expect(await outputOf(node, both)).toBe("10240\n1777\n");
      await node.delete(pod.metadata);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(pod.metadata.uid);
    },
  );

  test("holds its last words, or else the last of its output where it fails and asks for that", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const message = async (script: string, container: Partial<Container> = {}) => {
      const pod = box(script, container);
      await outputOf(node, pod);
      return (await node.status(pod.metadata))?.containerStatuses?.[0]?.state?.terminated?.message;
    };
    const fromLogs = { terminationMessagePolicy: "FallbackToLogsOnError" };
    expect(await message("printf DONE > /dev/termination-log")).toBe("DONE");
    expect(await message("printf DONE > /dev/mine", { terminationMessagePath: "/dev/mine" })).toBe("DONE");
    expect(await message("printf DONE; exit 1")).toBeUndefined();
    expect(await message("printf DONE; exit 1", fromLogs)).toBe("DONE");
    expect(await message("printf LOG; printf DONE > /dev/termination-log; exit 1", fromLogs)).toBe("DONE");
    expect(await message("printf DONE", fromLogs)).toBeUndefined();
    const long = await message(
      "i=0; while [ $i -lt 9000 ]; do printf $((i % 10)); i=$((i + 1)); done > /dev/termination-log",
    );
    expect(long).toHaveLength(4096);
  });
});
