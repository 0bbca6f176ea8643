import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError, type VolumeCall, type VolumeFiles, silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test, vi } from "vitest";
import { PodVolumes } from "../../src/volumes/pod-volumes.ts";

const call = { signal: new AbortController().signal };

const pod: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u" },
  spec: {
    volumes: [
      { name: "config", configMap: { name: "c" } },
      { name: "scratch", emptyDir: {} },
      { name: "unused", secret: { secretName: "none" } },
    ],
    containers: [
      {
        name: "app",
        volumeMounts: [
          { name: "config", mountPath: "/config" },
          { name: "scratch", mountPath: "/scratch" },
        ],
      },
    ],
  },
};

/** A context of which the contents of the volume are set, and a folder for it. */
class Scene implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "vk-volumes-"));
  readonly volumes: PodVolumes;
  readonly asked: string[] = [];
  open = 0;
  #content: string | undefined;
  #changed = Promise.withResolvers<void>();

  constructor() {
    const volume = (_pod: unknown, asked: VolumeCall) => this.#volume(asked);
    this.volumes = new PodVolumes({
      context: { logger: silentLogger, volume },
      directories: { directoryOf: (_pod, { name }) => join(this.folder, name) },
    });
  }

  set content(content: string | undefined) {
    this.#content = content;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  get written(): string | undefined {
    const path = join(this.folder, "config", "key");
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  async *#volume({ volume, signal }: VolumeCall): AsyncGenerator<VolumeFiles> {
    this.asked.push(volume);
    if (this.#content === undefined) throw new ProviderError("ConfigMissing", 'configmap "c" not found');
    this.open++;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    try {
      while (!signal.aborted) {
        const changed = this.#changed.promise;
        yield { files: [{ path: "key", content: Buffer.from(this.#content ?? ""), mode: 0o644, sensitive: false }] };
        await Promise.race([changed, aborted]);
      }
    } finally {
      this.open--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.volumes[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }
}

describe("the volumes of a pod", () => {
  test("are written before its containers start, those that are files and mounted, and follow their sources", async () => {
    await using scene = new Scene();
    scene.content = "1";
    await scene.volumes.prepare(pod, call);
    expect(scene.written).toBe("1");
    scene.content = "2";
    await vi.waitFor(() => expect(scene.written).toBe("2"));
    await scene.volumes.prepare(pod, call);
    expect(scene.asked).toEqual(["config"]);
  });

  test("are not written any more when the pod is forgotten", async () => {
    await using scene = new Scene();
    scene.content = "1";
    await scene.volumes.prepare(pod, call);
    await scene.volumes.forget("u");
    expect(scene.open).toBe(0);
  });

  test("fail with what the context says, and are tried anew with the next start", async () => {
    await using scene = new Scene();
    await expect(scene.volumes.prepare(pod, call)).rejects.toMatchObject({ code: "ConfigMissing" });
    scene.content = "1";
    await scene.volumes.prepare(pod, call);
    expect(scene.written).toBe("1");
  });

  test("are followed on after a restart, and what is missing then is told only to who needs it", async () => {
    await using scene = new Scene();
    scene.volumes.resume(pod);
    await vi.waitFor(() => expect(scene.asked).toHaveLength(1));
    await expect(scene.volumes.prepare(pod, call)).rejects.toMatchObject({ code: "ConfigMissing" });
    scene.content = "1";
    scene.volumes.resume(pod);
    await vi.waitFor(() => expect(scene.written).toBe("1"));
  });

  test("are not waited for longer than the caller has time", async () => {
    await using scene = new Scene();
    const signal = AbortSignal.abort(new Error("no time left"));
    await expect(scene.volumes.prepare(pod, { signal })).rejects.toThrow("no time left");
  });
});
