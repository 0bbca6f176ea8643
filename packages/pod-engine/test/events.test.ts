import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import type { PodEngine } from "../src/index.ts";
import { Scene, call, until } from "./scene.ts";
import { podOf } from "./situations.ts";

interface Row {
  readonly what: string;
  readonly pod?: Pod;
  /** What is so before the pod is made, and what happens after. */
  readonly before?: (scene: Scene) => void;
  readonly after?: (scene: Scene, engine: PodEngine) => Promise<void>;
  /** `<type> <reason> <container>: <message>`, in the order of kubelet's. */
  readonly events: readonly string[];
}

const ref = { namespace: "default", name: "web", uid: "uid-1" };
const started = ["Normal Created app: Container created", "Normal Started app: Container started"];
const failing = (code: number) => ({ type: "code", code }) as const;
const imaged = (image: string): Pod => podOf({ containers: [{ name: "app", image, command: ["app"] }] });
const debugged = podOf({ ephemeralContainers: [{ name: "debug", image: "host", command: ["sh"] }] });
const runs = (scene: Scene, ...keys: readonly string[]) =>
  until(() => keys.every((key) => scene.runtime.starts.includes(key)));

const rows: readonly Row[] = [
  { what: "a container that starts", events: started },
  {
    what: "a container that cannot be started",
    pod: podOf({ restartPolicy: "Never" }),
    before({ runtime }) {
      const start = runtime.start.bind(runtime);
      runtime.start = async (params) => {
        const end = { exit: failing(128), finishedAtMs: Date.now(), reason: "StartError", message: "app: not found" };
        return { ...(await start(params)), end };
      };
    },
    events: ["Normal Created app: Container created", "Warning Failed app: Error: app: not found"],
  },
  {
    what: "a container that lacks what it needs",
    before(scene) {
      scene.environment = async () => {
        throw new ProviderError("ConfigMissing", 'configmap "settings" not found');
      };
    },
    events: ['Warning Failed app: Error: configmap "settings" not found'],
  },
  {
    what: "a container that crashes twice",
    async after(scene) {
      await runs(scene, "app/0");
      scene.runtime.end("app", failing(1));
      await runs(scene, "app/1");
      scene.runtime.end("app", failing(1), 1);
      await runs(scene, "app/2");
    },
    events: [
      ...started,
      ...started,
      "Warning BackOff app: Back-off restarting failed container app in pod web_default(uid-1)",
      ...started,
    ],
  },
  {
    what: "a pod that is deleted",
    async after(scene, engine) {
      await runs(scene, "app/0");
      await engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 });
    },
    events: [...started, "Normal Killing app: Stopping container app"],
  },
  {
    what: "a pod past its deadline",
    pod: podOf({ activeDeadlineSeconds: 0 }),
    events: ["Normal DeadlineExceeded undefined: Pod was active on the node longer than the specified deadline"],
  },
  {
    what: "a container whose image changes",
    pod: imaged("app:1"),
    async after(scene, engine) {
      await runs(scene, "app/0");
      await engine.updatePod(imaged("app:2"), { ...call, revision: "v1:b", changes: ["images"] });
      await runs(scene, "app/1");
    },
    events: [...started, "Normal Killing app: Container app definition changed, will be restarted", ...started],
  },
  {
    what: "an ephemeral container",
    async after(scene, engine) {
      await runs(scene, "app/0");
      await engine.updatePod(debugged, { ...call, revision: "v1:b", changes: ["ephemeralContainers"] });
    },
    events: [...started, "Normal Created debug: Container created", "Normal Started debug: Container started"],
  },
];

describe("the events", () => {
  test.each(rows)("of $what are kubelet's", async ({ pod = podOf(), before, after, events }) => {
    const scene = new Scene();
    await using engine = scene.engine();
    const told = () =>
      scene.events.map(({ type, reason, container, message }) => `${type} ${reason} ${container}: ${message}`);
    before?.(scene);
    await engine.createPod(pod, { ...call, revision: "v1:a" });
    await after?.(scene, engine);

    await until(() => told().length >= events.length);
    expect(told()).toEqual(events);
  });
});
