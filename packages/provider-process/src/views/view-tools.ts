import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The host's programs that make views and enter them, and the Debian packages that they come with. */
const packages = {
  bwrap: "bubblewrap",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  mount: "mount",
  sh: "dash",
} as const;

export type ViewTool = keyof typeof packages;

/** Where each of them is. */
export type ViewTools = Readonly<Record<ViewTool, string>>;

/** Absolute, because a container's variables say nothing of where the host's programs are. */
const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Finds them, or says which package is missing. */
export function findViewTools(path: string = process.env["PATH"] ?? ""): ViewTools | { readonly missing: string } {
  const places = [...path.split(":").filter((folder) => folder.startsWith("/")), ...folders];
  const found = Object.keys(packages).map((name) => [name, findIn(places, name)] as const);
  const missing = found.find(([, file]) => file === undefined);
  if (missing) return { missing: packages[missing[0] as ViewTool] };
  return Object.fromEntries(found) as ViewTools;
}

function findIn(places: readonly string[], name: string): string | undefined {
  return places.map((folder) => join(folder, name)).find((file) => isProgram(file));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

let known: ViewTools | undefined;

/** Where they are; throws when one is missing. */
export function requireTools(): ViewTools {
  if (known) return known;
  const found = findViewTools();
  if ("missing" in found) throw new Error(`root views need the package ${found.missing}: install it on this host`);
  return (known = found);
}
