import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their sources. */
const source = "@virtual-kubelet/source";

export default defineConfig({
  ssr: { resolve: { conditions: [source, "module", "node", "import", "default"] } },
  oxc: { target: "node22" },
  test: {
    name: "faults",
    root: import.meta.dirname,
    include: ["test/*.test.ts"],
    // A fault takes time rather than the processor.
    sequence: { concurrent: true },
    maxConcurrency: 6,
    maxWorkers: 3,
    hookTimeout: 60_000,
    env: { NODE_OPTIONS: `--conditions=${source} --disable-warning=ExperimentalWarning` },
  },
});
