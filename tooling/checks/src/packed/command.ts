import { execFile } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and gives what it printed; throws with the end of its output when it fails or takes longer than five minutes. */
export function command(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { cwd, timeoutMs = 300_000 } = options;
  const env = { ...process.env, ...options.env };
  // What the repository's own runs are told must not reach what stands for a user's machine.
  delete env["NODE_OPTIONS"];
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const output = `${stdout}\n${stderr}`.trim().split("\n").slice(-30).join("\n");
      const how = error.killed ? `took longer than ${timeoutMs} ms` : `failed (${error.code ?? error.signal})`;
      reject(new Error(`${program} ${args.join(" ")} ${how}:\n${output}`));
    });
  });
}
