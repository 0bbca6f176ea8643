import { posix } from "node:path";
import type { ProcessSpec } from "../../protocol/messages.ts";
import { type EnteredView, enterView } from "../../views/enter-view.ts";
import { splitEnvironment } from "../../views/loader-variables.ts";
import { hostTree, resolveIn } from "../../views/tree.ts";
import { requireTools } from "../../views/view-tools.ts";
import { findProblem, isProgram } from "./find-program.ts";

/** Where, as whom and with what processes of a container are started. */
export interface Scene {
  readonly environment: Readonly<Record<string, string>>;
  /** As the container sees it. */
  readonly workingDirectory: string;
  readonly user?: ProcessSpec["user"];
  /** The view that they are started in, and a process that is there. */
  readonly view?: EnteredView & {
    readonly pid: number;
    /** Whether this process is one of the container's. */
    readonly isOfContainer: boolean;
    /** Where this process shows the view's root on the host. */
    readonly shownAt: string;
  };
}

/** What a process of the host is started with. */
export interface Launch {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user?: ProcessSpec["user"];
}

/** What a command is started with. Throws in a runtime's words when it cannot be; `written` is how a pod has the program. */
export function launchIn(scene: Scene, command: readonly [string, ...string[]], written?: string): Launch {
  const { environment, workingDirectory, view } = scene;
  const onHost = view && ((path: string) => pathOnHost(view, path));
  const place = { workingDirectory, path: environment["PATH"], ...(onHost ? { onHost } : {}) };
  const missing = findProblem(command[0], { ...place, ...(written === undefined ? {} : { written }) });
  if (missing) throw new Error(missing.problem);
  if (!view) return { ...scene, command };
  const { harmless, loaders } = splitEnvironment(environment);
  const setting = loaders.length > 0 ? [environmentSetter(view), ...loaders] : [];
  const { pid, isOfContainer } = view;
  const options = { tools: requireTools(), pid, isOfContainer, workingDirectory };
  const entering = enterView(view, [...setting, ...command], options);
  // The view's own directory is gone to once the view has been entered.
  return { command: entering, environment: harmless, workingDirectory: "/" };
}

/** Where a path of a view is on this host, links followed as in the view; `undefined` when it leads to nothing. */
function pathOnHost({ shownAt }: NonNullable<Scene["view"]>, path: string): string | undefined {
  try {
    const place = resolveIn(hostTree(shownAt), path);
    return place.type === undefined ? undefined : posix.join(shownAt, place.path);
  } catch {
    return undefined;
  }
}

/** The container's own program that sets variables which those that enter the view for it must not have. */
function environmentSetter(view: NonNullable<Scene["view"]>): string {
  const found = ["/usr/bin/env", "/bin/env"].find((file) => isProgram(pathOnHost(view, file)));
  if (found) return found;
  throw new Error(
    'a variable of the dynamic loader (LD_…) cannot be set: the image has no program "env" to set it with',
  );
}
