import { writeFileSync } from "node:fs";
import type { Container, Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import type { ProviderContext, VolumeCall, VolumeFiles } from "@virtual-kubelet/provider";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { detectViews } from "../../src/views/mode/detect-views.ts";
import { type ProcessNode, StateDirectory, call, shell, textOf } from "../process-node.ts";
import { RootFolder, noBusybox } from "../root-folder.ts";

const mode = await detectViews(tmpdir());
const problem = mode.kind === "none" ? mode.reason : noBusybox;

const volumes: NonNullable<PodSpec["volumes"]> = [
  { name: "config", configMap: { name: "c" } },
  { name: "secret", secret: { secretName: "s" } },
  { name: "scratch", emptyDir: {} },
  { name: "memory", emptyDir: { medium: "Memory" } },
];

/** A context that gives each volume one file, `key`, with a text that can be changed. */
class Contents {
  #text = "first";
  #changed = Promise.withResolvers<void>();

  set text(text: string) {
    this.#text = text;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  get lent(): Pick<ProviderContext, "volume" | "resolver"> {
    return {
      volume: (_pod, asked) => this.#volume(asked),
      resolver: (_pod, own) => ({ ...own, searches: ["default.svc.cluster.test"] }),
    };
  }

  async *#volume({ volume, signal }: VolumeCall): AsyncGenerator<VolumeFiles> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      const content = Buffer.from(`${this.#text} of ${volume}`);
      yield { files: [{ path: "key", content, mode: 0o644, sensitive: false }] };
      await Promise.race([changed, aborted]);
    }
  }
}

function box(script: string, container: Partial<Container> = {}, spec: Partial<PodSpec> = {}): Pod {
  return shell(script, { volumes, terminationGracePeriodSeconds: 1, ...spec }, { image: "box", ...container });
}

async function output(node: ProcessNode, pod: Pod): Promise<string> {
  const ref = await node.create(pod);
  const status = await node.waitFor(ref, ({ phase }) => phase === "Succeeded" || phase === "Failed", "the end");
  return `${await node.logs(ref)}${status.phase === "Failed" ? JSON.stringify(status) : ""}`;
}

describe.skipIf(problem)("a container in a root view of its own", () => {
  test("sees its image's directory, what it mounts, and what every container has; and writes nothing there", async () => {
    using root = new RootFolder();
    const contents = new Contents();
    await using state = new StateDirectory();
    await using node = await state.node({ context: contents.lent, images: { box: { root: root.path } } });
    writeFileSync(`${root.path}/of-image`, "of the image\n");
    const script = `cat /of-image /config/key; echo; cat /var/run/secrets/key; echo; hostname; pwd; echo $HOME
      echo new > /of-image; cat /of-image; touch /data/x && ls /data; stat -c %a /tmp /dev/shm; ls /dev/null; cat /etc/resolv.conf | grep search
      touch /config/other || true`;
    const mounts = [
      { name: "config", mountPath: "/config" },
      { name: "secret", mountPath: "/var/run/secrets" },
      { name: "scratch", mountPath: "/data" },
    ];
    const pod = box(script, { volumeMounts: mounts });
    expect(await output(node, pod)).toBe(
      `of the image\nfirst of config\nfirst of secret\n${pod.metadata.name}\n/\n/root\nnew\nx\n1777\n1777\n/dev/null\nsearch default.svc.cluster.test\ntouch: /config/other: Read-only file system\n`,
    );
    expect(await output(node, box("cat /of-image"))).toBe("of the image\n");
    await node.delete(pod.metadata);
  });

  test("sees an update of a volume, also where a command is executed in it", async () => {
    using root = new RootFolder();
    const contents = new Contents();
    await using state = new StateDirectory();
    await using node = await state.node({ context: contents.lent, images: { box: { root: root.path } } });
    const mounts = [{ name: "config", mountPath: "/config" }];
    const pod = box("until grep second /config/key; do sleep 0.05; done; exec sleep 300", { volumeMounts: mounts });
    const ref = await node.create(pod);
    await node.waitForPhase(ref, "Running");
    contents.text = "second";
    await expect.poll(() => node.logs(ref)).toBe("second of config\n");
    const exec = { command: ["sh", "-c", "cat /config/key; hostname"] as const, tty: false, stdin: false };
    const process = await node.provider.exec(
      { pod: ref, container: "app" },
      { ...call, ...exec, stdout: true, stderr: true },
    );
    expect(await textOf(process.stdout)).toBe(`second of config${pod.metadata.name}\n`);
    expect(await process.wait()).toEqual({ type: "code", code: 0 });
  });
});
