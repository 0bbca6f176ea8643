import type { Volume } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { type PodVolume, podVolume } from "../../src/volumes/pod-volume.ts";

test.each<[Omit<Volume, "name">, PodVolume]>([
  [{ configMap: { name: "a" } }, { type: "files" }],
  [{ secret: { secretName: "a" } }, { type: "files" }],
  [{ downwardAPI: {} }, { type: "files" }],
  [{ projected: {} }, { type: "files" }],
  [{ emptyDir: {} }, { type: "emptyDir", medium: "" }],
  [{}, { type: "emptyDir", medium: "" }],
  [
    { emptyDir: { medium: "Memory", sizeLimit: "1.5Ki" } },
    { type: "emptyDir", medium: "Memory", sizeLimitBytes: 1536 },
  ],
  [{ emptyDir: { medium: "HugePages-2Mi" } }, { type: "emptyDir", medium: "HugePages-2Mi" }],
  [{ hostPath: { path: "/data" } }, { type: "remote", kind: "hostPath", source: { path: "/data" } }],
  [{ nfs: { server: "s", path: "/" } }, { type: "remote", kind: "nfs", source: { server: "s", path: "/" } }],
  [
    { persistentVolumeClaim: { claimName: "c" } },
    { type: "remote", kind: "persistentVolumeClaim", source: { claimName: "c" } },
  ],
])("a volume with %j is %j", (source, expected) => {
  expect(podVolume({ name: "v", ...source })).toEqual(expected);
});
