import { isKubernetesError } from "@virtual-kubelet/kubernetes";

/** What the user is told in a sentence, without a stack. */
export class PlainFailure extends Error {
  override readonly name = "PlainFailure";
}

/** Runs a program to its end: its exit code, or 1 and the sentence on stderr. A defect also shows its stack. */
export async function exitCodeOf(program: () => Promise<number>): Promise<number> {
  try {
    return await program();
  } catch (error) {
    const text =
      error instanceof PlainFailure || isKubernetesError(error, "Unreachable")
        ? error.message
        : error instanceof Error
          ? error.stack
          : String(error);
    process.stderr.write(`${text}\n`);
    return 1;
  }
}
