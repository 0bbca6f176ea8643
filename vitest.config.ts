import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their sources, so that nothing has to be built before a test. */
const source = "@virtual-kubelet/source";

/** On a Node.js that cannot run the sources, programs that tests start are the built ones. */
const programs = process.env["VIRTUAL_KUBELET_TEST_PROGRAMS"] === "dist" ? "" : `--conditions=${source} `;

const projects = ["packages", "apps", "tooling"]
  .flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`))
  .filter((folder) => existsSync(`${folder}/test`));

/** What stands directly in the test folders of these has a command of its own: `npm run e2e`, `npm run faults`. */
const ownCommand = new Set(["tooling/e2e", "tooling/faults"]);
const testsOf = (folder: string): string => (ownCommand.has(folder) ? "test/*/**/*.test.ts" : "test/**/*.test.ts");

export default defineConfig({
  test: {
    // Most tests wait for something most of the time.
    maxWorkers: availableParallelism() + 1,
    projects: projects.map((folder) => ({
      ssr: { resolve: { conditions: [source, "module", "node", "import", "default"] } },
      oxc: { target: "node22" },
      test: {
        name: folder.slice(folder.indexOf("/") + 1),
        root: folder,
        include: [testsOf(folder)],
        testTimeout: 20_000,
        hookTimeout: 20_000,
        // On a busy machine a second, the default, is soon over.
        expect: { poll: { timeout: 10_000 } },
        env: {
          NODE_OPTIONS: `${programs}--disable-warning=ExperimentalWarning`,
          // kubectl keeps what it discovers, for each port anew: not in the user's home.
          KUBECACHEDIR: resolve(".virtual-kubelet/kubectl/cache"),
        },
      },
    })),
  },
});
