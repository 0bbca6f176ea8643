import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { CheckDefinition } from "../check-definition.ts";
import { rethrowSkip } from "../scene/check-skipped.ts";
import { containerOf, requireExitCode, runOf, timeOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";

/** What `createPod`, `getPod` and `getPods` promise. */
export const podChecks: readonly CheckDefinition[] = [
  {
    area: "pods",
    word: "accepted",
    name: "a pod that createPod has accepted is known by its namespace, name and UID",
    workloads: ["run"],
    async run(scene) {
      const { metadata } = await scene.create(scene.pod(scene.workloads.run()));
      const { namespace, name, uid } = (await scene.life.get(metadata)) ?? {};
      const { namespace: itsNamespace, name: itsName, uid: itsUid } = metadata;
      assert.deepEqual({ namespace, name, uid }, { namespace: itsNamespace, name: itsName, uid: itsUid });
    },
  },
  {
    area: "pods",
    word: "runs",
    name: "a pod that runs is Running, and each container's state says since when",
    workloads: ["run"],
    async run(scene) {
      const { run } = scene.workloads;
      const pod = await scene.create(scene.pod(run()));
      const status = await scene.untilRunning(pod);
      timeOf(containerOf(status)?.state?.running?.startedAt, "The start of the container");
    },
  },
  {
    area: "pods",
    word: "each-container",
    name: "every container of a pod has a status under its name",
    workloads: ["run"],
    async run(scene) {
      const { run } = scene.workloads;
      const pod = await scene.createRunning(run(), { beside: { side: run() } });
      const hasBoth = (names: readonly string[]): boolean => names.toSorted().join() === "main,side";
      const { containerStatuses = [] } = await scene.untilStatus(
        pod,
        (status) =>
          hasBoth((status.containerStatuses ?? []).filter(({ state }) => state?.running).map(({ name }) => name)),
        "two containers that run",
      );
      assert.equal(containerStatuses.length, 2);
    },
  },
  {
    area: "pods",
    word: "revision",
    name: "a pod's state has the revision that createPod was given",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.create(scene.pod(scene.workloads.run()), { revision: "v1:0f3a" });
      const { revision } = await scene.state(pod);
      assert.equal(revision, "v1:0f3a", `it is ${revision} and not v1:0f3a`);
    },
  },
  {
    area: "pods",
    word: "create-again",
    name: "createPod, repeated for a UID, is harmless: the pod runs on as it is",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const before = runOf(await scene.untilRunning(pod));
      await scene.create(pod);
      await untilQuiet(scene);
      assert.equal(runOf((await scene.state(pod)).status), before);
    },
  },
  {
    area: "pods",
    word: "create-aborted",
    name: "createPod, repeated after its call has aborted, makes one pod, whatever had become of the first",
    workloads: ["run"],
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const stop = new AbortController();
      const first = scene.create(pod, { signal: stop.signal }).catch(rethrowSkip);
      stop.abort();
      await first;
      await scene.create(pod);
      await scene.untilRunning(pod);
      const uids = (await scene.life.list()).map(({ uid }) => uid);
      assert.deepEqual(uids, [pod.metadata.uid]);
    },
  },
  {
    area: "pods",
    word: "succeeded",
    name: "a pod whose container ends with 0 is Succeeded",
    workloads: ["exit"],
    async run(scene) {
      const pod = await scene.create(scene.pod(scene.workloads.exit({ code: 0, afterMs: 0 })));
      const status = await scene.untilEnded(pod);
      assert.equal(status.phase, "Succeeded");
      requireExitCode(status, 0);
    },
  },
  {
    area: "pods",
    word: "failed",
    name: "a pod whose container ends with another code is Failed, and the code is told",
    workloads: ["exit"],
    async run(scene) {
      const pod = await scene.create(scene.pod(scene.workloads.exit({ code: 3, afterMs: 0 })));
      const status = await scene.untilEnded(pod);
      assert.equal(status.phase, "Failed");
      requireExitCode(status, 3);
    },
  },
  {
    area: "pods",
    word: "end-times",
    name: "a container that has ended says when it started and when it ended, in that order",
    workloads: ["exit"],
    async run(scene) {
      const pod = await scene.createEnded(scene.workloads.exit({ code: 0, afterMs: scene.timings.stepMs }));
      const end = containerOf((await scene.state(pod)).status)?.state?.terminated;
      const startedAt = timeOf(end?.startedAt, "The start of the container");
      const finishedAt = timeOf(end?.finishedAt, "The end of the container");
      assert.ok(startedAt <= finishedAt, `it started at ${end?.startedAt} and ended at ${end?.finishedAt}`);
    },
  },
  {
    area: "pods",
    word: "unchanged",
    name: "while nothing happens to a pod its status is the same at each look",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await untilQuiet(scene);
      const { status } = await scene.state(pod);
      await untilQuiet(scene);
      assert.deepEqual((await scene.state(pod)).status, status);
    },
  },
  {
    area: "pods",
    word: "unknown",
    name: "getPod of a pod that the backend does not have is undefined, and no error",
    async run(scene) {
      const unknown = { namespace: "conformance", name: "nobody", uid: randomUUID() };
      const { provider, signal } = scene;
      assert.equal(await scene.life.soon(() => provider.getPod(unknown, { signal }), "getPod"), undefined);
    },
  },
  {
    area: "pods",
    word: "other-uid",
    name: "a pod of the same name and another UID is another pod: getPod does not know it",
    workloads: ["run"],
    async run(scene) {
      const { metadata } = await scene.createRunning(scene.workloads.run());
      assert.equal(await scene.life.get({ ...metadata, uid: randomUUID() }), undefined);
    },
  },
  {
    area: "pods",
    word: "namesakes",
    name: "two pods of the same name and different UIDs run side by side",
    workloads: ["run"],
    namesakes: true,
    async run(scene) {
      const { run } = scene.workloads;
      const first = await scene.createRunning(run());
      const second = await scene.createRunning(run(), { name: first.metadata.name });
      assert.equal((await scene.state(first)).uid, first.metadata.uid);
      assert.equal((await scene.state(second)).uid, second.metadata.uid);
    },
  },
  {
    area: "pods",
    word: "list",
    name: "getPods gives all pods of the node, those that have ended too",
    workloads: ["run", "exit"],
    async run(scene) {
      const { run, exit } = scene.workloads;
      const running = await scene.createRunning(run());
      const ended = await scene.createEnded(exit({ code: 0, afterMs: 0 }));
      const uids = (await scene.life.list()).map(({ uid }) => uid);
      assert.deepEqual(uids.toSorted(), [running.metadata.uid, ended.metadata.uid].toSorted());
    },
  },
  {
    area: "pods",
    word: "other-node",
    name: "the pods of another node on the same backend are not listed",
    workloads: ["run"],
    async run(scene) {
      const other = await scene.live({ ...scene.owner, nodeName: `${scene.owner.nodeName}-b` });
      await scene.create(scene.pod(scene.workloads.run()), { life: other });
      const names = (await scene.life.list()).map(({ name }) => name);
      assert.deepEqual(names, [], `getPods gave ${names.join(", ")}`);
    },
  },
  {
    area: "pods",
    word: "other-cluster",
    name: "the pods of a node of the same name in another cluster are not listed",
    workloads: ["run"],
    async run(scene) {
      const other = await scene.live({ ...scene.owner, clusterId: `${scene.owner.clusterId}-b` });
      await scene.create(scene.pod(scene.workloads.run()), { life: other });
      const names = (await scene.life.list()).map(({ name }) => name);
      assert.deepEqual(names, [], `getPods gave ${names.join(", ")}`);
    },
  },
];
