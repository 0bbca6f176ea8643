import { posix } from "node:path";
import { type Call, isProviderError } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import type { TaskRef } from "./task-ref.ts";

/** Where the `exec` driver looks for a program that is named without a path. */
const path = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "/local"];

/** Whether a program may be in the task's own root directory; `false` when it surely is not. */
export async function mayHaveProgram(
  client: NomadClient,
  { ref, program }: { readonly ref: TaskRef; readonly program: string },
  call: Call,
): Promise<boolean> {
  // Relative to a working directory that is not known here.
  if (program.includes("/") && !program.startsWith("/")) return true;
  const places = program.startsWith("/") ? [posix.dirname(program)] : path;
  const name = posix.basename(program);
  const found = await Promise.all(places.map((folder) => mayHave(client, { ref, folder, name }, call)));
  return found.includes(true);
}

async function mayHave(
  client: NomadClient,
  { ref, folder, name }: { readonly ref: TaskRef; readonly folder: string; readonly name: string },
  call: Call,
): Promise<boolean> {
  try {
    const request = requests.list(ref.allocation.ID, posix.join(ref.task, folder));
    const files = await client.json<readonly { readonly Name: string }[] | null>(request, call);
    return (files ?? []).some(({ Name }) => Name === name);
  } catch (error) {
    // What cannot be looked at, a link that leads elsewhere for example, may have it.
    return !(isProviderError(error) && /no such file|does not exist/i.test(error.message));
  }
}
