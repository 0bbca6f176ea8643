import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { removeTree } from "../../remove-tree.ts";
import type { ViewMode } from "./view-mode.ts";
import { type ViewTools, findViewTools } from "../view-tools.ts";

const run = promisify(execFile);
const timeoutMs = 10_000;

/** Finds out by a try whether views can be made here: in the host's own name, or else in a user namespace. */
export async function detectViews(directory: string): Promise<ViewMode> {
  if (process.platform !== "linux") return { kind: "none", reason: "root views need Linux" };
  const tools = findViewTools();
  if ("missing" in tools) return { kind: "none", reason: `install the package ${tools.missing}` };
  const problems: string[] = [];
  for (const inUserNamespace of process.getuid?.() === 0 ? [false, true] : [true]) {
    try {
      const version = await tryView(tools, inUserNamespace);
      const layers = (await triesLayers(tools, { inUserNamespace, directory })) ? "overlayfs" : "copies";
      return { kind: "bubblewrap", version, inUserNamespace, layers };
    } catch (error) {
      problems.push((error as Error).message.trim().split("\n").at(-1) ?? "");
    }
  }
  const advice = "allow it to make mount namespaces, or user namespaces (sysctl user.max_user_namespaces)";
  return { kind: "none", reason: `bubblewrap does not work for this user (${problems.join("; ")}): ${advice}` };
}

async function tryView({ unshare, bwrap, sh }: ViewTools, inUserNamespace: boolean): Promise<string> {
  const namespaces = inUserNamespace ? ["--user", "--map-root-user", "--mount"] : ["--mount"];
  const view = ["--dev-bind", "/", "/", "--unshare-uts", "--hostname", "probe"];
  await run(unshare, [...namespaces, bwrap, ...view, "--", sh, "-c", ":"], { timeout: timeoutMs });
  const { stdout } = await run(bwrap, ["--version"], { timeout: timeoutMs });
  return stdout.trim().split(" ").at(-1) ?? "";
}

interface LayerTry {
  readonly inUserNamespace: boolean;
  readonly directory: string;
}

/** Whether the file system of a directory takes layers. */
async function triesLayers({ unshare, sh }: ViewTools, { inUserNamespace, directory }: LayerTry): Promise<boolean> {
  const folder = join(directory, `probe-${randomUUID()}`);
  try {
    for (const name of ["lower", "upper", "layer", "root"]) mkdirSync(join(folder, name), { recursive: true });
    const options = `lowerdir=lower,upperdir=upper,workdir=layer${inUserNamespace ? ",userxattr" : ""}`;
    const namespaces = inUserNamespace ? ["--user", "--map-root-user", "--mount"] : ["--mount"];
    const script = 'cd "$1" && mount -t overlay -o "$2" overlay root';
    await run(unshare, [...namespaces, sh, "-c", script, "probe", folder, options], { timeout: timeoutMs });
    return true;
  } catch {
    // Or its disk is full: then it is found out with each container, as the mode only says what to expect.
    return false;
  } finally {
    await removeTree(folder).catch(() => undefined);
  }
}
