import type { Pod } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { scenario } from "../src/suite/scenario.ts";

const ephemeralOf = ({ status }: Pod) => status?.ephemeralContainerStatuses ?? [];
const mainOf = ({ status }: Pod) => status?.containerStatuses?.[0];

scenario("kubectl debug opens a terminal in a container of its own in the running pod", {}, async (it) => {
  await it.apply(pod("odd", forEver));
  await it.untilRunning("odd");
  const debug = ["debug", "-it", "odd", "--image=host", "--container=tools", "--target=main"];
  await using terminal = it.terminal(...debug, "--", "sh");
  await it.until(async () => terminal.screen.includes("If you don't see a command prompt"), "kubectl to attach");
  const beside = await it.untilPod("odd", (seen) => ephemeralOf(seen)[0]?.state?.running !== undefined, "debugged");
  expect(ephemeralOf(beside)).toMatchObject([{ name: "tools", image: "host", restartCount: 0, ready: false }]);
  expect(await it.succeed("exec", "odd", "-c", "tools", "--", "echo", "beside")).toBe("beside\n");
  terminal.write("test -t 0 && echo $((6*7)); exit 3\r");
  await terminal.ended;
  expect(terminal.screen).toContain("42");

  const after = await it.untilPod("odd", (seen) => ephemeralOf(seen)[0]?.state?.terminated !== undefined, "left alone");
  expect(ephemeralOf(after)[0]?.state?.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  expect(after.status).toMatchObject({ phase: "Running", containerStatuses: [{ restartCount: 0, ready: true }] });
  expect(await it.succeed("logs", "odd", "-c", "tools")).toContain("42");

  await it.succeed("debug", "odd", "--image=host", "--container=more", "--", "sh", "-c", "echo more; exec sleep 1000");
  await it.untilPod(
    "odd",
    (seen) => ephemeralOf(seen).some(({ state }) => state?.running !== undefined),
    "debugged again",
  );
  await it.until(async () => (await it.succeed("logs", "odd", "-c", "more")) === "more\n", "its output");
  await it.succeed("delete", "pod", "odd", "--timeout=30s");
});

scenario(
  "a resize of a running pod is refused: no container here is ever given anything",
  { since: [33, "pods are resized since Kubernetes 1.33"] },
  async (it) => {
    const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
    await it.apply(pod("sized", forEver, { containers: [container(forEver, asks("10m"))] }));
    const before = mainOf(await it.untilRunning("sized"));
    const patch = JSON.stringify({ spec: { containers: [{ name: "main", ...asks("20m") }] } });
    const { code, stderr } = await it.kubectl("patch", "pod", "sized", "--subresource=resize", "--patch", patch);
    expect([code, stderr]).toEqual([1, expect.stringContaining("running on node without support for resize")]);
    expect(mainOf(await it.pod("sized"))).toEqual(before);
  },
);

scenario("another image ends the container and starts it again", {}, async (it) => {
  await it.apply(pod("renewed", forEver));
  await it.untilRunning("renewed");
  await it.succeed("set", "image", "pod/renewed", "main=other");
  const renewed = await it.untilPod("renewed", (seen) => mainOf(seen)?.restartCount === 1, "started again");
  expect(renewed.status?.phase).toBe("Running");
  await it.untilPod("renewed", (seen) => mainOf(seen)?.image === "other", "of the other image");
  const events = await it.succeed("get", "events", "-o", "jsonpath={..message}");
  expect(events).toContain("Container main definition changed, will be restarted");
});

scenario("a deadline that is given to a running pod is obeyed", {}, async (it) => {
  await it.apply(pod("late", forEver));
  await it.untilRunning("late");
  await it.succeed("patch", "pod", "late", "--patch", '{"spec":{"activeDeadlineSeconds":1}}');
  const { status } = await it.untilPod("late", (seen) => seen.status?.phase === "Failed", "Failed");
  const message = "Pod was active on the node longer than the specified deadline";
  expect(status).toMatchObject({ reason: "DeadlineExceeded", message });
});
