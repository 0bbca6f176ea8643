import type { Pod, Volume, VolumeMount } from "@virtual-kubelet/kubernetes";
import type { Variable } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type ContainerMount, containerMounts } from "../../src/volumes/container-mounts.ts";

const scratch: Volume = { name: "scratch", emptyDir: {} };
const config: Volume = { name: "config", configMap: { name: "c" } };

function mountsOf(volumeMounts: readonly VolumeMount[], variables: Readonly<Record<string, string>> = {}) {
  const container = { name: "app", volumeMounts };
  const pod: Pod = {
    metadata: { namespace: "default", name: "web", uid: "u" },
    spec: { containers: [container], volumes: [scratch, config] },
  };
  const environment = Object.entries(variables).map(([name, value]): Variable => ({ name, value, sensitive: false }));
  return containerMounts(pod, container, environment);
}

describe("the mounts of a container", () => {
  test.each<[VolumeMount, Partial<ContainerMount>]>([
    [
      { name: "scratch", mountPath: "/data" },
      { volume: scratch, mountPath: "/data", readOnly: false },
    ],
    [
      { name: "scratch", mountPath: "data//x/../y/", readOnly: true, recursiveReadOnly: "Enabled" },
      { volume: scratch, mountPath: "/data/y", readOnly: true, recursiveReadOnly: "Enabled" },
    ],
    [
      { name: "config", mountPath: "/etc/config", mountPropagation: "HostToContainer" },
      { volume: config, mountPath: "/etc/config", readOnly: true, propagation: "HostToContainer" },
    ],
    [
      { name: "scratch", mountPath: "/a", subPath: "x/./y/" },
      { volume: scratch, mountPath: "/a", readOnly: false, subPath: "x/y" },
    ],
    [
      { name: "scratch", mountPath: "/a", subPath: "." },
      { volume: scratch, mountPath: "/a", readOnly: false },
    ],
    [
      { name: "scratch", mountPath: "/a", subPathExpr: "logs/$(POD)-$$(POD)" },
      { volume: scratch, mountPath: "/a", readOnly: false, subPath: "logs/web-0-$(POD)" },
    ],
  ])("%j is %j", (mount, expected) => {
    expect(mountsOf([mount], { POD: "web-0" })).toEqual([expected]);
  });

  test("come with parents before children", () => {
    const paths = ["/a/b/c", "/a", "/z/y", "/", "/a/b"];
    const mounts = mountsOf(paths.map((mountPath) => ({ name: "scratch", mountPath })));
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual(["/", "/a", "/z/y", "/a/b", "/a/b/c"]);
  });

  test.each<[VolumeMount, string]>([
    [{ name: "other", mountPath: "/a" }, `cannot find volume "other" to mount into container "app"`],
    [{ name: "scratch", mountPath: "/a", subPath: "/etc" }, "error SubPath `/etc` must not be an absolute path"],
    [
      { name: "scratch", mountPath: "/a", subPath: "a/../../b" },
      "unable to provision SubPath `a/../../b`: must not contain '..'",
    ],
    [{ name: "scratch", mountPath: "/a", subPathExpr: "$(NONE)/$(EMPTY)/x" }, "missing value for EMPTY, NONE"],
    [{ name: "scratch", mountPath: "/a", subPathExpr: "$(ROOT)" }, "error SubPath `/` must not be an absolute path"],
    [
      { name: "scratch", mountPath: "/a", subPathExpr: "$(UP)" },
      "unable to provision SubPath `..`: must not contain '..'",
    ],
  ])("are refused in kubelet's words: %j", (mount, message) => {
    const refused = () => mountsOf([mount], { EMPTY: "", ROOT: "/", UP: ".." });
    expect(refused).toThrow(expect.objectContaining({ code: "InvalidInput", message }));
  });
});
