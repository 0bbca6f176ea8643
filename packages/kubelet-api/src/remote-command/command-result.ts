import type { Status } from "@virtual-kubelet/kubernetes";
import type { Exit } from "@virtual-kubelet/provider";
import { errorMessage, errorPolicyOf } from "../error-response.ts";

/** The Status that the error stream carries for a process that ended, as kubelet's `remotecommand` writes it. */
export function statusFromExit(exit: Exit): Status {
  const code = exitCode(exit);
  if (code === undefined) return internalError(`error executing command in container: ${describeExit(exit)}`);
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: ${describeExit(exit)}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

/** The Status for what could not be done, `attaching to container` say, or whose end is not known because something failed. */
export function statusFromError(error: unknown, doing: string = "executing command in container"): Status {
  const { status: code, reason } = errorPolicyOf(error);
  const message = errorMessage(error);
  if (reason === "InternalError") return internalError(`error ${doing}: ${message}`);
  return { metadata: {}, status: "Failure", message, reason, code };
}

function internalError(message: string): Status {
  return {
    metadata: {},
    status: "Failure",
    message,
    reason: "InternalError",
    details: { causes: [{ message }] },
    code: 500,
  };
}

/** The exit code as a shell gives it: 128 and the signal's number for a killed process. */
function exitCode(exit: Exit): number | undefined {
  const code = exit.type === "code" ? exit.code : exit.type === "signal" ? 128 + exit.signal : undefined;
  return Number.isInteger(code) ? code : undefined;
}

/** For people: `exit code 7`, `signal 9 (exit code 137)`, or why the end is not known. */
export function describeExit(exit: Exit): string {
  switch (exit.type) {
    case "code":
      return `exit code ${exit.code}`;
    case "signal":
      return `signal ${exit.signal} (exit code ${128 + exit.signal})`;
    default:
      return exit.message ?? "the backend does not tell how the command ended";
  }
}
