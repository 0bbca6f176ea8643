import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { View } from "../../views/view.ts";
import type { ViewTools } from "../../views/view-tools.ts";
import { withoutTerminals } from "../processes/terminal.ts";

/** What a view is made with. */
export interface ViewBuild {
  readonly tools: ViewTools;
  readonly inUserNamespace: View["inUserNamespace"];
  /** The image's directory, and where its layers and the root are: folders `lower`, `upper`, `layer` and `root` of it. */
  readonly layers?: { readonly image: string; readonly folder: string };
  /** For bubblewrap. */
  readonly arguments: readonly string[];
  /** How long it may take; has a default. */
  readonly timeoutMs?: number;
}

/**
 * Puts what is written to a root into a layer over its image; where the kernel or the file system cannot, the root is a copy.
 * In a user namespace nobody else's files can be given to their owners. What overlayfs works in is opened, so that it can be removed.
 */
const layersScript = `
cd "$1" && mount --bind "$2" lower || exit 1
options="lowerdir=lower,upperdir=upper,workdir=layer"
copy="cp -a"
[ "$3" = namespace ] && options="$options,userxattr" && copy="cp -a --no-preserve=ownership"
mount -t overlay -o "$options" overlay root 2>/dev/null || { $copy lower/. root/ && mount --bind root root; } || exit 1
[ ! -d layer/work ] || chmod 700 layer/work
shift 3
exec "$@"
`;

/** Says who it is once everything is mounted, and holds it until its input ends, at the latest with the supervisor. */
const holderScript = 'echo "$$"; read -r _';

const buildTimeoutMs = 20_000;
const longestComplaint = 4096;

/** The namespaces of a view while nothing of the container is in them yet. */
export class ViewBuilder implements Disposable {
  readonly pid: number;
  readonly #input: Writable;

  private constructor(pid: number, input: Writable) {
    this.pid = pid;
    this.#input = input;
  }

  /** Resolves when everything is in its place; rejects with what the programs said. */
  static async build(build: ViewBuild): Promise<ViewBuilder> {
    const [program, ...args] = commandOf(build);
    const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
    const child = withoutTerminals(["pipe", "pipe", "pipe", "pipe"], (stdio) =>
      spawn(program, args, { env, stdio, cwd: "/", detached: true }),
    );
    const [input, output, errors, options] = child.stdio as unknown as [Writable, Readable, Readable, Writable];
    for (const stream of [input, options]) stream.on("error", () => undefined);
    const complaint = gather(errors);
    const timer = setTimeout(() => endAll(child), build.timeoutMs ?? buildTimeoutMs);
    try {
      options.end(build.arguments.map((word) => `${word}\0`).join(""));
      const pid = await firstNumber(child, output);
      if (pid === undefined) throw new Error(`the root view cannot be made: ${await complaint}`);
      output.resume();
      return new ViewBuilder(pid, input);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go: the namespaces stay with the processes that have entered them. */
  [Symbol.dispose](): void {
    this.#input.destroy();
  }
}

/** With what it has started, a copy that is being made for one, which would hold its output open. */
function endAll({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function commandOf({ tools, inUserNamespace, layers }: ViewBuild): readonly [string, ...string[]] {
  const namespaces = [...(inUserNamespace ? ["--user", "--map-root-user"] : []), "--mount"];
  const script = layers ? [tools.sh, "-c", layersScript, "layers", layers.folder, layers.image] : [];
  const mode = layers ? [inUserNamespace ? "namespace" : "host"] : [];
  const bubblewrap = [tools.bwrap, "--args", "3", "--", tools.sh, "-c", holderScript];
  return [tools.unshare, ...namespaces, "--", ...script, ...mode, ...bubblewrap];
}

async function firstNumber(child: ChildProcess, output: Readable): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  let text = "";
  output.on("data", (bytes: Buffer) => {
    text += bytes.toString();
    if (text.includes("\n")) resolve(Number(text.slice(0, text.indexOf("\n"))));
  });
  output.once("close", () => resolve(undefined));
  child.once("error", () => resolve(undefined));
  return promise;
}

async function gather(stream: Readable): Promise<string> {
  let text = "";
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    if (text.length < longestComplaint) text += bytes.toString();
  }
  return text.trim().replaceAll("\n", "; ") || "it ended without a word";
}
