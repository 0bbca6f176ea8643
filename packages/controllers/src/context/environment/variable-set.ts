import { ProviderError, type Variable } from "@virtual-kubelet/provider";

/**
 * No process of Linux is given more, however its limits are set. Without a limit a few variables that each mention the one before
 * them twice would fill the memory of the node, again after each restart.
 *
 * @see https://man7.org/linux/man-pages/man2/execve.2.html ("Limits on size of arguments and environment")
 */
const maxSize = 6 * 1024 * 1024;

/** Variables by their names, in the order in which they first came; at most as many as a process can be given. */
export class VariableSet {
  readonly #variables = new Map<string, Variable>();
  #room = maxSize;

  has(name: string): boolean {
    return this.#variables.has(name);
  }

  get(name: string): Variable | undefined {
    return this.#variables.get(name);
  }

  /** Overrules one of the same name. Throws `InvalidInput` when there is no room for it. */
  set(variable: Variable): void {
    const { name } = variable;
    const before = this.#variables.get(name);
    this.#room -= sizeOf(variable) - (before ? sizeOf(before) : 0);
    if (this.#room < 0) throw tooLarge(name);
    this.#variables.set(name, variable);
  }

  toArray(): Variable[] {
    return [...this.#variables.values()];
  }
}

/** Counts parts of a value before there is memory for them. Throws `InvalidInput` when together they are too long. */
export function lengthLimit(name: string): (part: string) => void {
  let room = maxSize;
  return (part) => {
    room -= part.length;
    if (room < 0) throw tooLarge(name);
  };
}

function sizeOf({ name, value }: Variable): number {
  return name.length + value.length;
}

function tooLarge(name: string): ProviderError {
  return new ProviderError(
    "InvalidInput",
    `The environment would be larger than 6 MiB with the variable "${name}", and no process can be given so much`,
  );
}
