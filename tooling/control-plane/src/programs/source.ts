import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { go } from "./go.ts";
import { goModule } from "./go-module.ts";
import type { Origin } from "./programs.ts";

/** One release of what programs are built from. */
export interface Source {
  /** `Kubernetes 1.37.2`, for people. */
  readonly title: string;
  /** `1.37.2`, or `metrics-server-0.9.0`: tells it apart from every other. */
  readonly id: string;
  readonly linkerFlags: string;
  /** Writes the go.mod of a module that can build it. */
  writeModule(folder: string, call: { readonly signal: AbortSignal | undefined }): Promise<void>;
}

/** What a program is built from, for a release of Kubernetes. */
export function sourceOf(origin: Origin, release: string): Source {
  return origin === "kubernetes" ? kubernetesSource(release) : moduleSource(origin);
}

function kubernetesSource(release: string): Source {
  return {
    title: `Kubernetes ${release}`,
    id: release,
    linkerFlags: linkerFlags("k8s.io/component-base", release),
    async writeModule(folder, { signal }) {
      await writeFile(join(folder, "go.mod"), "module virtual-kubelet.io/control-plane\n");
      const answer = await go(["mod", "download", "-json", `k8s.io/kubernetes@v${release}`], { cwd: folder, signal });
      const { GoMod: path }: { readonly GoMod: string } = JSON.parse(answer);
      await writeFile(join(folder, "go.mod"), goModule(release, await readFile(path, "utf8")));
    },
  };
}

function moduleSource({ name, module, release }: Exclude<Origin, "kubernetes">): Source {
  return {
    title: `${name} ${release}`,
    id: `${name}-${release}`,
    // It says its version as a client of Kubernetes.
    linkerFlags: linkerFlags("k8s.io/client-go/pkg", release),
    async writeModule(folder) {
      const lines = ["module virtual-kubelet.io/control-plane", `require ${module} v${release}`, ""];
      await writeFile(join(folder, "go.mod"), lines.join("\n"));
    },
  };
}

/** The programs say which version they are, and serve their API by it. */
function linkerFlags(versionPackage: string, release: string): string {
  const [major, minor] = release.split(".");
  const facts = { gitVersion: `v${release}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const set = Object.entries(facts).map(([name, value]) => `-X ${versionPackage}/version.${name}=${value}`);
  return ["-s", "-w", ...set].join(" ");
}
