import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { LoadLast } from "./src/suite/load-last.ts";

/** Workspace packages resolve to their sources. */
const source = "@virtual-kubelet/source";
const resolved = { resolve: { conditions: [source, "module", "node", "import", "default"] } };

export default defineConfig({
  ssr: resolved,
  // What the global setup runs in.
  environments: { __vitest__: resolved },
  oxc: { target: "node22" },
  test: {
    name: "e2e",
    root: import.meta.dirname,
    // Those in folders need no cluster: they are of the whole workspace's run.
    include: ["test/*.test.ts"],
    globalSetup: "src/suite/global-setup.ts",
    // Cases wait for the cluster most of the time, each in a namespace of its own.
    sequence: { concurrent: true, sequencer: LoadLast },
    maxConcurrency: 8,
    maxWorkers: 5,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
    env: {
      NODE_OPTIONS: `--conditions=${source} --disable-warning=ExperimentalWarning`,
      KUBECACHEDIR: resolve(".virtual-kubelet/kubectl/cache"),
    },
  },
});
