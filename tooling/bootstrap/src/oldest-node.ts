import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { npm } from "../setup/run-tool.mjs";
import { nodePackage } from "../setup/toolchain.mjs";
import { stateDirectory } from "./local/checkout.ts";
import { exitCodeOf, PlainFailure } from "./local/plain-failure.ts";
import { keepResult } from "./tests/results.ts";
import { runCommand } from "./tests/run-command.ts";
import { runVitest } from "./tests/run-vitest.ts";

/** The oldest Node.js that the packages say they run on. */
const version = "22.19.0";

/** Runs the tests on the oldest supported Node.js; what they start as processes of their own is the built code. */
async function oldestNode(args: readonly string[]): Promise<number> {
  const node = await fetchNode();
  process.stdout.write("Building every package…\n");
  const build = await runCommand(["turbo", "run", "build", "--output-logs=errors-only"]);
  if (build.exitCode !== 0) throw new PlainFailure(`${build.output}\nThe build failed.`);
  const environment = {
    PATH: `${dirname(node)}:${process.env["PATH"]}`,
    NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
    NODE_COMPILE_CACHE: undefined,
    VIRTUAL_KUBELET_TEST_PROGRAMS: "dist",
  };
  const result = await runVitest({ name: `tests on Node.js ${version}`, node, args, environment });
  keepResult("oldest-node", result);
  return result.failed > 0 ? 1 : 0;
}

async function fetchNode(): Promise<string> {
  const directory = join(stateDirectory, `node-${version}`);
  const node = join(directory, "node_modules", nodePackage(), "bin/node");
  if (existsSync(node)) return node;
  mkdirSync(directory, { recursive: true });
  process.stdout.write(`Fetching Node.js ${version}…\n`);
  const purpose = `fetch Node.js ${version} from the npm registry`;
  await npm(["install", "--prefix", directory, "--no-save", `${nodePackage()}@${version}`], { directory, purpose });
  return node;
}

process.exitCode = await exitCodeOf(() => oldestNode(process.argv.slice(2)));
