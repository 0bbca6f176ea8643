import { spawn } from "node:child_process";
import { root } from "../local/checkout.ts";

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether to show what it prints as it prints it. */
  readonly show?: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a command in the checkout to its end. */
export function runCommand(
  [command = "", ...args]: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (options.show) process.stdout.write(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
