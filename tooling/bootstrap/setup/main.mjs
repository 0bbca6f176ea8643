import { existsSync } from "node:fs";
import { installDependencies } from "./dependencies.mjs";
import { root } from "./places.mjs";
import { runTarget } from "./run-target.mjs";
import { SetupError } from "./setup-error.mjs";
import { findNode } from "./toolchain.mjs";

/** Sets up what is missing, runs the target with the arguments, and ends with its exit code. */
export async function main([target = "", ...args]) {
  try {
    const program = `${root}/tooling/bootstrap/src/${target}.ts`;
    if (!/^[a-z0-9-]+$/.test(target) || !existsSync(program))
      throw new SetupError(`There is nothing named "${target}" to run.`);
    if (process.platform === "win32") throw new SetupError("Windows is not supported: run this inside WSL.");
    const node = await findNode();
    await installDependencies(node);
    process.exitCode = await runTarget({ node, target, program, args });
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
