import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "./local/checkout.ts";
import { exitCodeOf } from "./local/plain-failure.ts";

/** `npm run benchmark`: tooling/benchmarks knows how. Its result and its progress stay apart. */
async function benchmark(args: readonly string[]): Promise<number> {
  const program = "tooling/benchmarks/src/main.ts";
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

process.exitCode = await exitCodeOf(() => benchmark(process.argv.slice(2)));
