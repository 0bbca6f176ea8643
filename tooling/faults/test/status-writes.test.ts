import { expect } from "vitest";
import { resources } from "@virtual-kubelet/kubernetes";
import { isFor } from "../src/api/api-request.ts";
import { Bench } from "../src/bench.ts";
import { watchedPod } from "../src/watched-pod.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const reporter = "packages/controllers/src/pods/status/pod-status-reporter.ts";
const isStatus = isFor("pods/status", "PATCH");

scenario(
  "10 somebody else writes the status at the same time",
  {
    expected: "A conflict is tried again with what is true then, and the conditions of others stay.",
    guard: { file: reporter, from: "      if (!this.#isFinal(error, record)) throw error;", to: "      void error;" },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("web");
    const { it, proxy, pod } = watched;
    const theirs = { type: "example.com/Checked", status: "True" };
    let conflicts = 0;
    proxy.judge = async (request) => {
      if (!isStatus(request) || conflicts >= 3) return undefined;
      conflicts++;
      await it.client.patch(
        resources.pods,
        { namespace: "default", name: "web" },
        { subresource: "status", patch: { type: "strategic", body: { status: { conditions: [theirs] } } } },
      );
      return { code: 409, reason: "Conflict", message: "the object has been modified" };
    };
    await it.backend.tamper(pod.metadata.uid, "finish", 3);
    const { status } = await it.untilPhase("web", "Failed");
    expect(status?.conditions).toContainEqual(expect.objectContaining(theirs));
    expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    saw(`written after ${conflicts} conflicts, their condition kept`);
  },
);

scenario(
  "11 a pod is gone when its status is written",
  {
    expected: "The status is dropped at once, and the backend's pod is removed when its removal is heard.",
    guard: { file: reporter, from: '    if (isKubernetesError(error, "NotFound")) return true;\n', to: "" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    const pod = await it.createPod("web");
    await it.createPod("other");
    await it.untilPhase("web", "Running");
    await it.untilPhase("other", "Running");
    // The news of its removal is late.
    proxy.rewrite = (line) => (line.includes('"name":"web"') ? [] : [`${line}\n`]);
    await it.deletePod("web", { gracePeriodSeconds: 0 });
    const sinceMs = performance.now();
    await it.backend.tamper(pod.metadata.uid, "finish", 3);
    const writes = () => proxy.count((request) => isStatus(request) && request.path.includes("/pods/web/"), sinceMs);
    await until(() => writes() > 0, { what: "a status to be written" });
    await until(() => performance.now() - sinceMs > 2_000, { what: "some time to pass" });
    expect(writes()).toBe(1);
    expect(it.backend.count("deleted", "web")).toBe(0);
    proxy.rewrite = (line) => [`${line}\n`];
    proxy.cutWatches();
    await until(() => it.backend.count("deleted", "web") > 0, { what: "web to be removed from the backend" });
    await it.untilTrue();
    expect((await it.pods()).map(({ metadata }) => metadata.name)).toEqual(["other"]);
    saw("written once, answered with 404, and dropped; the backend's pod was removed");
  },
);

scenario(
  "13 the API server will never take what the provider says of one pod",
  {
    expected:
      "That pod's status is dropped and said in the log; other pods are not held up, and the pod can be deleted.",
    guard: {
      file: reporter,
      from: "    if (!isKubernetesError(error) || !neverAccepted.has(error.code)) return false;",
      to: "    return false;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    const codes: Readonly<Record<string, number>> = { invalid: 422, large: 413 };
    proxy.judge = (request) => {
      const name = request.path.split("/").at(-2) ?? "";
      const code = isStatus(request) ? codes[name] : undefined;
      return code === undefined ? undefined : { code, reason: code === 422 ? "Invalid" : "RequestEntityTooLarge" };
    };
    for (const name of ["invalid", "large", "sound"]) await it.createPod(name);
    await it.untilPhase("sound", "Running");
    await until(() => it.backend.live.size === 3, { what: "all three to run" });
    for (const name of ["invalid", "large"]) {
      await it.deletePod(name, { gracePeriodSeconds: 1 });
      await it.untilGone(name);
    }
    await it.untilTrue();
    saw(`${proxy.count(isStatus)} writes of a status; both could be deleted`);
  },
);
