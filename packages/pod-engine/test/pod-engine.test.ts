import { type PodEvent, ProviderError } from "@virtual-kubelet/provider";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import type { PodEngine } from "../src/index.ts";
import { Scene, call, until } from "./scene.ts";
import { podOf } from "./situations.ts";

const created = { ...call, revision: "v1:a" };
const ref = { namespace: "default", name: "web", uid: "uid-1" };
const code = (value: number) => ({ type: "code", code: value }) as const;

async function phaseOf(engine: PodEngine): Promise<string | undefined> {
  return (await engine.getPod(ref, call))?.status?.phase;
}

const always: Pod = podOf();

describe("the pod engine", () => {
  test("starts a pod, restarts what crashes, and counts", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");

    scene.runtime.end("app", code(1));
    await until(() => scene.runtime.starts.includes("app/1"));
    scene.runtime.end("app", code(2), 1);
    await until(() => scene.runtime.starts.includes("app/2"));
    await until(async () => (await phaseOf(engine)) === "Running");

    const status = (await engine.getPod(ref, call))?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({ restartCount: 2, lastState: { terminated: { exitCode: 2 } }, ready: true });
    expect(scene.events.map(({ reason }) => reason)).toContain("BackOff");
    expect(scene.events.filter(({ reason }) => reason === "Started")).toHaveLength(3);
  });

  test("creating a pod again starts nothing again", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await Promise.all([engine.createPod(always, created), engine.createPod(always, created)]);
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");

    expect(scene.runtime.starts).toEqual(["app/0"]);
  });

  test("a new engine finds what ran and what ended meanwhile, and starts nothing before the node adopts the pod", async () => {
    const scene = new Scene();
    {
      await using first = scene.engine();
      await first.createPod(always, created);
      await until(async () => (await phaseOf(first)) === "Running");
    }
    scene.runtime.end("app", code(7));

    await using second = scene.engine();
    const [found] = await second.getPods(call);
    expect(found).toMatchObject({ ...ref, revision: "v1:a", status: { phase: "Running" } });
    expect(found?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(7);
    expect(scene.runtime.starts).toEqual(["app/0"]);

    await second.adoptPod(always, { ...call, observed: ref });
    await until(() => scene.runtime.starts.includes("app/1"));
  });

  test("a deleted pod ends, shows how, and is gone when it is deleted once more", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");

    await engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 });
    await until(async () => (await phaseOf(engine)) === "Failed");
    expect((await engine.getPod(ref, call))?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(143);

    await engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 });
    expect(await engine.getPod(ref, call)).toBeUndefined();
    expect(scene.runtime.pods.size).toBe(0);
    expect(scene.runtime.starts).toEqual(["app/0"]);
    expect(scene.events.map(({ reason }) => reason)).toContain("Killing");
  });

  test("a pod ends and goes although its deletion cannot be kept", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");
    scene.runtime.keepPod = async () => {
      throw new ProviderError("Unavailable", "no space left on device");
    };

    await expect(engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 })).rejects.toThrow("no space left");
    await until(async () => (await phaseOf(engine)) === "Failed");
    expect(scene.runtime.stops).toContain("app");

    await engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 });
    expect(await engine.getPod(ref, call)).toBeUndefined();
  });

  test("a deletion is remembered by a new engine", async () => {
    const scene = new Scene();
    scene.runtime.stop = async () => undefined;
    {
      await using first = scene.engine();
      await first.createPod(always, created);
      await until(async () => (await phaseOf(first)) === "Running");
      await first.deletePod(ref, { ...call, gracePeriodSeconds: 5 });
    }
    scene.runtime.end("app", code(0));

    await using second = scene.engine();
    await second.adoptPod(always, { ...call, observed: ref });
    expect(await phaseOf(second)).toBe("Succeeded");
    expect(scene.runtime.starts).toEqual(["app/0"]);
  });

  test("what an environment lacks is said, and tried again until it is there", async () => {
    const scene = new Scene();
    const whole = scene.environment;
    scene.environment = async () => {
      throw new ProviderError("ConfigMissing", 'configmap "settings" not found');
    };
    await using engine = scene.engine();
    await engine.createPod(always, created);
    const waiting = async () => (await engine.getPod(ref, call))?.status?.containerStatuses?.[0]?.state?.waiting;
    await until(async () => (await waiting())?.reason === "CreateContainerConfigError");
    expect((await waiting())?.message).toBe('configmap "settings" not found');

    scene.environment = whole;
    await until(async () => (await phaseOf(engine)) === "Running");
    expect(scene.runtime.environments).toEqual([[{ name: "A", value: "1", sensitive: false }]]);
  });

  describe("a container that lacks something", () => {
    /** A scene in which it does, and knows of all who wait for changes. */
    function lacking() {
      const scene = new Scene();
      const whole = scene.environment;
      const waits: { readonly signal: AbortSignal; readonly change: () => void }[] = [];
      let asked = 0;
      scene.environment = async () => {
        asked++;
        throw new ProviderError("ConfigMissing", 'configmap "settings" not found');
      };
      scene.referencesChanged = (_pod, { signal }) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => reject(signal.reason));
        waits.push({ signal, change: resolve });
        return promise;
      };
      return { scene, waits, asked: () => asked, mend: () => (scene.environment = whole) };
    }

    test("is started as soon as a reference has changed, long before its next try is due", async () => {
      const { scene, waits, asked, mend } = lacking();
      await using engine = scene.engine();
      await engine.createPod(always, created);
      // The fourth pause would be ten seconds.
      for (let tries = 1; tries < 4; tries++) {
        await until(() => waits.length === tries);
        waits.at(-1)?.change();
      }
      await until(() => waits.length === 4);
      expect(asked()).toBe(4);
      mend();
      waits.at(-1)?.change();
      await until(async () => (await phaseOf(engine)) === "Running");
    });

    test("is tried again when its time has come, without any news, and waits once at a time", async () => {
      const { scene, waits, mend } = lacking();
      await using engine = scene.engine();
      await engine.createPod(always, created);
      await until(() => waits.length === 2);
      expect(waits.map(({ signal }) => signal.aborted)).toEqual([true, false]);
      mend();
      waits.at(-1)?.change();
      await until(async () => (await phaseOf(engine)) === "Running");
      expect(waits.every(({ signal }) => signal.aborted)).toBe(true);
    });

    test.each([
      ["the pod is deleted", (engine: PodEngine) => engine.deletePod(ref, { ...call, gracePeriodSeconds: 5 })],
      ["the engine ends", (engine: PodEngine) => engine[Symbol.asyncDispose]()],
    ])("is waited for no more when %s", async (_what, end) => {
      const { scene, waits } = lacking();
      await using engine = scene.engine();
      await engine.createPod(always, created);
      await until(() => waits.length === 1);
      await end(engine);
      expect(waits[0]?.signal.aborted).toBe(true);
    });

    test("does not spin when changes do not end", async () => {
      const { scene, waits, asked } = lacking();
      scene.referencesChanged = async (_pod, { signal }) => void waits.push({ signal, change: () => undefined });
      await using engine = scene.engine();
      await engine.createPod(always, created);
      const startMs = performance.now();
      await until(() => asked() === 4);
      expect(performance.now() - startMs).toBeGreaterThan(250);
    });
  });

  test("a watch begins with what is there, goes on through a lost connection, and ends with gone", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");
    const seen: PodEvent[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of engine.watchPods({ signal: stop.signal })) seen.push(event);
    })();
    await until(() => seen.length === 2);
    expect(seen.map(({ type }) => type)).toEqual(["state", "synced"]);

    scene.runtime.cutOff();
    scene.runtime.end("app", code(5));
    await until(() =>
      seen.some((event) => event.type === "state" && event.pod.status?.containerStatuses?.[0]?.restartCount === 1),
    );

    await engine.deletePod(ref, { ...call, gracePeriodSeconds: 0 });
    await until(async () => (await phaseOf(engine)) === "Failed");
    await engine.deletePod(ref, { ...call, gracePeriodSeconds: 0 });
    await until(() => seen.at(-1)?.type === "gone");
    const last = seen.at(-2);
    expect(last?.type === "state" && last.pod.status?.phase).toBe("Failed");
    stop.abort();
    await watching;
  });

  test("a pod that is kept while the runtime is listed anew stays", async () => {
    const scene = new Scene();
    const [kept, listed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { runtime } = scene;
    const [keep, watch] = [runtime.keepPod.bind(runtime), runtime.watch.bind(runtime)];
    let lists = 0;
    runtime.watch = async function* (options) {
      lists++;
      for await (const event of watch(options)) {
        if (event.type === "synced" && lists === 2) await listed.promise;
        yield event;
      }
    };
    runtime.keepPod = async (record) => {
      await kept.promise;
      await keep(record);
    };
    await using engine = scene.engine();
    await engine.getPods(call);
    const creating = engine.createPod(always, created);
    runtime.cutOff();
    await until(() => lists === 2);
    kept.resolve();
    await creating;
    listed.resolve();

    await until(async () => (await phaseOf(engine)) === "Running");
    expect(runtime.starts).toEqual(["app/0"]);
  });

  test("while the runtime is out of reach, a list is refused instead of being empty", async () => {
    const scene = new Scene();
    scene.runtime.watch = async function* () {
      yield* [];
      throw new ProviderError("Unavailable", "no runtime");
    };
    await using engine = scene.engine();

    await expect(engine.getPods({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: "Unavailable",
      message: "The container runtime is out of reach: no runtime",
    });
  });

  test("an update is kept, and its deadline counts", async () => {
    const scene = new Scene();
    await using engine = scene.engine();
    await engine.createPod(always, created);
    await until(async () => (await phaseOf(engine)) === "Running");

    await engine.updatePod(podOf({ activeDeadlineSeconds: 0 }), {
      ...call,
      revision: "v1:b",
      changes: ["activeDeadlineSeconds"],
    });

    await until(async () => (await phaseOf(engine)) === "Failed");
    expect(await engine.getPod(ref, call)).toMatchObject({ revision: "v1:b", status: { reason: "DeadlineExceeded" } });
    expect(scene.runtime.pods.get("uid-1")?.failure?.reason).toBe("DeadlineExceeded");
  });
});
