import { type Container, expandVariables } from "@virtual-kubelet/kubernetes";
import type { Variable } from "@virtual-kubelet/provider";
import { configText, variableText } from "../environment/interpolation.ts";

export interface TaskCommand {
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** A character that no text of Kubernetes has: the API server takes none that XML would not. */
const edge = "\u{1}";

/**
 * A container's command and arguments for a driver's config, their `$(NAME)` expanded. A value that is sensitive is put in by Nomad, when the
 * task starts: the job has its name.
 */
export function taskCommand({ command = [], args = [] }: Container, variables: readonly Variable[]): TaskCommand {
  const known = new Map(variables.map((variable) => [variable.name, variable]));
  const valueOf = (name: string): string | undefined => {
    const variable = known.get(name);
    return variable?.sensitive ? `${edge}${name}${edge}` : variable?.value;
  };
  const written = (text: string): string =>
    expandVariables(text, valueOf)
      .split(edge)
      .map((part, index) => (index % 2 === 0 ? configText(part) : variableText(part)))
      .join("");
  return { command: command.map(written), args: args.map(written) };
}
