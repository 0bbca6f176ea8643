import { ProviderError, type Variable } from "@virtual-kubelet/provider";
import { cleanName, environmentText, podAddress } from "./interpolation.ts";

export interface TaskEnvironment {
  /** What may be seen in the job. */
  readonly plain: Readonly<Record<string, string>>;
  /** The lines of a file that Nomad reads the others from. */
  readonly sensitive: string;
  readonly notes: readonly string[];
}

/**
 * A container's environment as its task gets it. `hasOwnNetwork`: the pod's address is not the client's. `InvalidInput` for a value
 * that needs it then.
 */
export function taskEnvironment(
  container: string,
  variables: readonly Variable[],
  { hasOwnNetwork }: { readonly hasOwnNetwork: boolean },
): TaskEnvironment {
  if (hasOwnNetwork) requireNoAddress(container, variables);
  const plain = variables.filter(({ sensitive }) => !sensitive);
  const sensitive = variables.filter(({ sensitive: isSensitive }) => isSensitive);
  return {
    plain: Object.fromEntries(plain.map(({ name, value }) => [cleanName(name), environmentText(value)])),
    sensitive: sensitive.map(environmentLine).join(""),
    notes: variables
      .filter(({ name }) => cleanName(name) !== name)
      .map(
        ({ name }) =>
          `container "${container}": the variable "${name}" is called "${cleanName(name)}", as Nomad has it`,
      ),
  };
}

/** Read by Nomad as what JSON makes of it: any text keeps its value. */
export function environmentLine({ name, value }: Pick<Variable, "name" | "value">): string {
  return `${cleanName(name)}=${JSON.stringify(value)}\n`;
}

function requireNoAddress(container: string, variables: readonly Variable[]): void {
  const found = variables.find(({ value }) => value.includes(podAddress));
  if (!found) return;
  throw new ProviderError(
    "InvalidInput",
    `Container "${container}": the variable "${found.name}" is the pod's address, which Nomad tells no task that has a network of its own: let the program ask its own interface, or use status.hostIP.`,
  );
}
