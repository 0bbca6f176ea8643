import { type LogMethod, type Logger, silentLogger } from "@virtual-kubelet/provider";

/** Warnings and errors on stderr, for a program that has brought no logger: what goes wrong is never hidden. */
export const stderrLogger: Logger = {
  ...silentLogger,
  warn: lineOf("warning"),
  error: lineOf("error"),
  child: () => stderrLogger,
};

function lineOf(level: string): LogMethod {
  return (fields: object | string, message?: string) => {
    const text = typeof fields === "string" ? fields : `${message ?? ""}${detailOf(fields)}`;
    process.stderr.write(`virtual-kubelet: ${level}: ${text}\n`);
  };
}

function detailOf({ err, ...rest }: { readonly err?: unknown }): string {
  const problem = err instanceof Error ? `: ${err.message}` : "";
  return Object.keys(rest).length > 0 ? `${problem} ${JSON.stringify(rest)}` : problem;
}
