/** What a step did. */
export interface StepResult {
  readonly args: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * The transcript of a walk, with all that differs from one walk to the next replaced: generated names, ages, addresses, the
 * widths of columns, how often `rollout status` said that it waits, and what `wait --for=delete` still found.
 */
export function transcriptOf(results: readonly StepResult[]): string {
  return results.map(stepText).join("\n");
}

/** The first lines in which two transcripts differ, for a person; `undefined` when they are equal. */
export function firstDifference(kept: string, seen: string): string | undefined {
  if (kept === seen) return undefined;
  const [keptLines, seenLines] = [kept.split("\n"), seen.split("\n")];
  const index = seenLines.findIndex((line, at) => line !== keptLines[at]);
  const at = index === -1 ? seenLines.length : index;
  const command = seenLines.slice(0, at + 1).findLast((line) => line.startsWith("$ ")) ?? "";
  return `${command}\n  kept: ${keptLines[at] ?? "(nothing more)"}\n  seen: ${seenLines[at] ?? "(nothing more)"}`;
}

function stepText({ args, stdout, stderr, exitCode }: StepResult): string {
  const output = args.includes("--for=delete") ? linesOf(stdout).filter((line) => !isMet(line)) : linesOf(stdout);
  const lines = [`$ ${commandText(args)}`, ...output, ...linesOf(stderr).map((line) => `stderr: ${line}`)];
  return `${[...lines, `exit code: ${exitCode}`].join("\n")}\n`;
}

/** What is gone before kubectl looks is not named; what goes while it waits is. */
function isMet(line: string): boolean {
  return line.endsWith(" condition met");
}

function linesOf(output: string): string[] {
  return output
    .split("\n")
    .map(normalised)
    .filter((line) => line !== "" && !line.startsWith("Waiting for deployment"));
}

function normalised(line: string): string {
  return line
    .replace(/\b([a-z][-a-z0-9]*)-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, "$1-<hash>-<id>")
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "<ip>")
    .replace(/(^|[\s(])(\d+[dhms])+(?=$|[\s)])/g, "$1<age>")
    .replace(/ {2,}/g, "  ")
    .trimEnd();
}

function shellWord(word: string): string {
  return /^[\w./@%+:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** As a person would type it. */
export function commandText(args: readonly string[]): string {
  return `kubectl ${args.map(shellWord).join(" ")}`;
}
