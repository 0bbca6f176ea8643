import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ProviderError } from "@virtual-kubelet/provider";
import { fitsSocket, supervisorLogPath } from "./state-directory.ts";

export interface SupervisorOptions {
  /** The state directory: absolute, short, and of this user alone. */
  readonly directory: string;
  /** After how long without containers and clients the supervisor ends, in milliseconds. */
  readonly idleMs?: number;
}

const logFileBytes = 1024 * 1024;

/** A supervisor that was started. It ends by itself when another is at work in its directory. */
export interface SupervisorStart {
  readonly pid: number | undefined;
  readonly hasEnded: boolean;
  readonly ended: Promise<void>;
}

/** As a process that is nobody's child: in a session of its own, without our standard streams and our environment. */
export function startSupervisor({ directory, idleMs = 60_000 }: SupervisorOptions): SupervisorStart {
  const file = supervisorLogPath(directory);
  const log = openSync(file, (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logFileBytes ? "w" : "a", 0o600);
  const program = import.meta.url.endsWith(".ts") ? "./supervisor/main.ts" : "./supervisor/main.js";
  const flags = ["--max-semi-space-size=1", "--disable-warning=ExperimentalWarning"];
  const child = spawn(
    process.execPath,
    [...flags, fileURLToPath(new URL(program, import.meta.url)), directory, String(idleMs)],
    { detached: true, stdio: ["ignore", log, log], env: { PATH: process.env["PATH"] }, cwd: "/" },
  );
  closeSync(log);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve()).once("error", () => resolve());
  child.unref();
  return {
    pid: child.pid,
    ended,
    get hasEnded() {
      return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    },
  };
}

/** Makes the directory, for this user alone. Throws a `ProviderError` when it cannot serve. */
export function prepareDirectory(directory: string): void {
  if (process.platform === "win32") {
    throw new ProviderError("Unsupported", "Containers as processes need Linux or macOS; this is Windows.");
  }
  if (!fitsSocket(directory)) {
    throw new ProviderError(
      "InvalidInput",
      `The state directory ${directory} has too long a path for a socket: choose one of at most 85 characters.`,
    );
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(directory);
  if (uid !== process.getuid?.()) {
    throw new ProviderError(
      "InvalidInput",
      `The state directory ${directory} belongs to another user: choose one of your own.`,
    );
  }
  if ((mode & 0o066) !== 0) chmodSync(directory, 0o700);
}
