import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { root } from "../local/checkout.ts";
import { PlainFailure } from "../local/plain-failure.ts";
import { tourSteps } from "./tour-steps.ts";
import { commandText, type StepResult } from "./transcript.ts";

export interface WalkOptions {
  readonly kubectl: string;
  readonly kubeconfigFile: string;
  readonly signal: AbortSignal;
  /** Hears everything as it happens. */
  readonly say: (text: string) => void;
}

/** The longest that one step may take. */
const stepLimitMs = 90_000;

/** Runs the tour step by step with kubectl. Throws a `PlainFailure` at the first exit code that is not as it should be. */
export async function walkTour(options: WalkOptions): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const { say, kubectl: args, exitCode = 0 } of tourSteps) {
    options.say(`${say ? `\n${say}\n` : ""}$ ${commandText(args)}\n`);
    const result = await runStep(args, options);
    results.push(result);
    if (result.exitCode !== exitCode) {
      throw new PlainFailure(
        `The demo failed: exit code ${result.exitCode} instead of ${exitCode} from: ${commandText(args)}`,
      );
    }
  }
  return results;
}

function runStep(args: readonly string[], { kubectl, kubeconfigFile, signal, say }: WalkOptions): Promise<StepResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, args, {
      cwd: root,
      // kubectl keeps what it discovers, for each port anew: not in the user's home.
      env: { ...process.env, KUBECONFIG: kubeconfigFile, KUBECACHEDIR: join(dirname(kubeconfigFile), "kubectl-cache") },
      stdio: ["ignore", "pipe", "pipe"],
      signal: AbortSignal.any([signal, AbortSignal.timeout(stepLimitMs)]),
    });
    const output = { stdout: "", stderr: "" };
    let lineBegins = true;
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
        say((lineBegins ? "  " : "") + text.replace(/\n(?=.)/g, "\n  "));
        lineBegins = text.endsWith("\n");
      });
    }
    child.once("error", (error) => {
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : new PlainFailure(`The demo failed at: ${commandText(args)} (${error.message})`),
      );
    });
    child.once("close", (code) => resolve({ args, ...output, exitCode: code ?? 1 }));
  });
}
