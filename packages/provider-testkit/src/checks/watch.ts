import assert from "node:assert/strict";
import type { CheckDefinition } from "../check-definition.ts";
import { hasEnded, isRunning, requireExitCode } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";

/** What `watchPods` promises. */
export const watchChecks: readonly CheckDefinition[] = [
  {
    area: "watch",
    word: "starts-with-what-is-there",
    name: "a watch tells of every pod that is there, and then says synced",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const watch = scene.life.watch();
      await watch.untilSynced();
      const [first] = watch.events;
      assert.equal(first?.type === "state" ? first.pod.uid : first?.type, pod.metadata.uid);
    },
  },
  {
    area: "watch",
    word: "synced-when-empty",
    name: "the watch of a node without pods says synced",
    methods: ["watchPods"],
    async run(scene) {
      const watch = scene.life.watch();
      await watch.untilSynced();
      assert.deepEqual(watch.events, [{ type: "synced" }]);
    },
  },
  {
    area: "watch",
    word: "new-pod",
    name: "a watch tells of a pod that is created after it began, until it runs",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const watch = scene.life.watch();
      await watch.untilSynced();
      const pod = await scene.create(scene.pod(scene.workloads.run()));
      await watch.until(
        () => watch.statesOf(pod.metadata).some(({ status }) => isRunning(status)),
        "the running pod in the watch",
      );
    },
  },
  {
    area: "watch",
    word: "end",
    name: "a watch tells of a pod's end, with the exit code",
    methods: ["watchPods"],
    workloads: ["exit"],
    async run(scene) {
      const { stepMs } = scene.timings;
      const pod = await scene.create(scene.pod(scene.workloads.exit({ code: 4, afterMs: 4 * stepMs })));
      const watch = scene.life.watch();
      const last = () => watch.statesOf(pod.metadata).at(-1)?.status;
      await watch.until(() => hasEnded(last()), "the end of the pod in the watch");
      requireExitCode(last(), 4);
    },
  },
  {
    area: "watch",
    word: "gone",
    name: "a watch says of a deleted pod that it is gone",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const watch = scene.life.watch();
      await watch.untilSynced();
      await scene.remove(pod);
      await watch.until(() => watch.isGone(pod.metadata), "gone in the watch");
    },
  },
  {
    area: "watch",
    word: "abort",
    name: "a watch ends when its signal aborts",
    methods: ["watchPods"],
    async run(scene) {
      const watch = scene.life.watch();
      await watch.untilSynced();
      watch.stop();
      await watch.until(() => watch.isOver, "the end of the watch", scene.timings.soonMs);
    },
  },
  {
    area: "watch",
    word: "again",
    name: "a watch that is opened again starts with what is there, as the first did",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const first = scene.life.watch();
      await first.untilSynced();
      first.stop();
      await untilQuiet(scene);
      const second = scene.life.watch();
      await second.untilSynced();
      assert.ok(second.statesOf(pod.metadata).length > 0, "it said nothing of the pod");
    },
  },
  {
    area: "watch",
    word: "foreign",
    name: "a watch does not tell of the pods of another node on the same backend",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const other = await scene.live({ ...scene.owner, nodeName: `${scene.owner.nodeName}-b` });
      const watch = scene.life.watch();
      await scene.create(scene.pod(scene.workloads.run()), { life: other });
      await watch.untilSynced();
      await untilQuiet(scene);
      assert.deepEqual(
        watch.events.filter(({ type }) => type !== "synced"),
        [],
      );
    },
  },
  {
    area: "watch",
    word: "lost",
    name: "a watch whose stream is lost goes on, or ends so that it is opened again; either way what happened meanwhile is told",
    methods: ["watchPods"],
    workloads: ["run"],
    faults: ["loseWatch"],
    async run(scene) {
      const { create, remove } = {
        create: () => scene.createRunning(scene.workloads.run()),
        remove: scene.remove.bind(scene),
      };
      const [missed, gone] = [scene.pod(scene.workloads.run()), await create()];
      const first = scene.life.watch();
      await first.untilSynced();
      const fault = await scene.fault(() => scene.faults.loseWatch());
      await scene.create(missed);
      await scene.untilRunning(missed);
      await remove(gone);
      await fault.end();
      const watches = [first];
      const tells = (): boolean => {
        if (watches.at(-1)?.isOver) watches.push(scene.life.watch());
        return watches.some((watch) => watch.statesOf(missed.metadata).some(({ status }) => isRunning(status)));
      };
      await first.until(tells, "the pod that was missed");
    },
  },
];
