import type { ProcessSpec } from "../../protocol/messages.ts";

/** Says where a NUL byte stands that no process can be given, and not in what: the value may be a secret. */
export function findNul({ command, environment }: Pick<ProcessSpec, "command" | "environment">): string | undefined {
  const variable = Object.entries(environment).find(([, value]) => value.includes("\0"));
  if (variable) return `environment variable ${JSON.stringify(variable[0])} has a NUL byte in its value`;
  const index = command.findIndex((word) => word.includes("\0"));
  return index === -1 ? undefined : `word ${index + 1} of the command has a NUL byte in it`;
}
