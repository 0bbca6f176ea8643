#!/usr/bin/env node
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { type ScaffoldOptions, scaffold } from "./scaffold.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: npm create @virtual-kubelet/provider <name> [-- <options>]

Makes the package of a new virtual-kubelet provider: one that works, on a small service that comes with its tests, to be
filled in with what your backend says and takes.

  --directory <folder>  where it is to be (default provider-<name>)
  --package <name>      what the package is called (default virtual-kubelet-provider-<name>)
  --workspace           as a package of virtual-kubelet's own repository
  --help                this text
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = optionsFrom(args);
    process.stdout.write(options ? await made(options) : usage);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`create-provider: ${error.message}\n`);
    return 2;
  }
}

/** `undefined`: help is asked for. */
function optionsFrom(args: readonly string[]): ScaffoldOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError("Say one name, that of the provider; see --help.");
  return {
    name,
    isInWorkspace: values.workspace ?? false,
    ...(values.directory === undefined ? {} : { directory: values.directory }),
    ...(values.package === undefined ? {} : { packageName: values.package }),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        directory: { type: "string" },
        package: { type: "string" },
        workspace: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} See --help.`);
  }
}

async function made(options: ScaffoldOptions): Promise<string> {
  const { directory, files } = await scaffold(options);
  const folder = relative("", directory) || ".";
  const next = options.isInWorkspace
    ? ["pnpm install", `npx vitest run ${folder}`]
    : [`cd ${folder}`, "npm install", "npm test"];
  const list = files.map((path) => `  ${path}`).join("\n");
  return `${folder}:\n${list}\n\nNext:\n${next.map((step) => `  ${step}`).join("\n")}\n`;
}
