import type { Container } from "@virtual-kubelet/kubernetes";
import type { Image } from "./image.ts";

/** What a container runs, before variables in it are expanded; those of its image are not. */
export interface ImageCommand {
  readonly own: readonly string[];
  readonly ofImage: readonly string[];
}

/**
 * A container's command takes the place of all that its image says, its arguments only of the image's arguments.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#notes
 */
export function imageCommand(
  { command = [], args = [] }: Pick<Container, "command" | "args">,
  image: Image = {},
): ImageCommand {
  if (command.length > 0) return { ofImage: [], own: [...command, ...args] };
  if (args.length > 0) return { ofImage: image.command ?? [], own: args };
  return { ofImage: [...(image.command ?? []), ...(image.args ?? [])], own: [] };
}
