import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What to do where there is no Go. */
export const goMissing =
  "Go is not installed (the command go is not on the PATH): install Go 1.26 or newer from https://go.dev/dl to build a real control plane";

export interface GoCall {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** Whether code in C may be part of it, for which a compiler of C is needed. */
  readonly cgo?: boolean;
  /** Told every line that it writes to stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs the go command to its end and gives what it printed. Rejects with the end of what it complained about. */
export async function go(args: readonly string[], { cwd, signal, cgo = false, onLine }: GoCall): Promise<string> {
  const child = spawn("go", args, {
    cwd,
    env: {
      ...process.env,
      // A workspace or a vendor folder around us is not meant.
      GOWORK: "off",
      GOFLAGS: "-mod=mod",
      // As Kubernetes builds its programs: no compiler of C is needed to build them, and no library to run them.
      CGO_ENABLED: cgo ? "1" : "0",
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal ? { signal } : {}),
  });
  let output = "";
  const complaints: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  createInterface({ input: child.stderr }).on("line", (line) => {
    onLine?.(line);
    complaints.push(line);
    if (complaints.length > 20) complaints.shift();
  });
  const [code] = await once(child, "close").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error(goMissing, { cause: error }) : error;
  });
  if (code === 0) return output;
  // With -json it complains on its standard output.
  const complaint = complaints.join("\n").trim() || output.trim();
  throw new Error(`go ${args.slice(0, 2).join(" ")} ended with ${code}:\n${complaint}`);
}

/** Whether there is a go command at all. */
export async function hasGo(): Promise<boolean> {
  return go(["version"], { cwd: process.cwd() }).then(
    () => true,
    () => false,
  );
}
