import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Stage } from "../suite/stage.ts";

const document = new URL("../../../../docs/node-identity.md", import.meta.url);
const apps = fileURLToPath(new URL("../../../../apps", import.meta.url));

/** What a section of the documentation says to do. All but the flags are scripts for an administrator's shell. */
export interface DocumentedSteps {
  readonly before: readonly string[];
  /** The flags of the agent. */
  readonly flags: readonly string[];
  /** What only shows what there is. */
  readonly looks: readonly string[];
  readonly undo: readonly string[];
}

export function documentedSteps(heading: string): DocumentedSteps {
  const [, section = ""] = readFileSync(document, "utf8").split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  const command = blocks.find((code) => code.startsWith("virtual-kubelet run ")) ?? "";
  const looks = blocks.filter((code) => /^(kubectl get [^|>]*\n)+$/.test(code));
  const undo = blocks.filter((code) => code.startsWith("kubectl delete --ignore-not-found -f "));
  return {
    before: blocks.filter((code) => code !== command && !looks.includes(code) && !undo.includes(code)),
    flags: command.replaceAll("\\\n", " ").trim().split(/\s+/).slice(2),
    looks,
    undo,
  };
}

/** The script of a section that does something to a node, for another node than that of the documentation. */
export function documentedScript(heading: string, nodeName: string): string {
  const [, section = ""] = readFileSync(document, "utf8").split(`\n## ${heading}\n`);
  const [, code = ""] = /^```sh\n(.*?)^```$/ms.exec(section) ?? [];
  return code.replaceAll("edge-1", nodeName);
}

/** Runs a script as an administrator would, in a folder in which the repository's manifests are at their place. */
export class AdministratorsShell {
  readonly #folder: string;
  readonly #stage: Stage;

  constructor(stage: Stage, name: string) {
    this.#folder = join(stage.folder, name);
    this.#stage = stage;
    mkdirSync(join(this.#folder, "bin"), { recursive: true });
    symlinkSync(stage.kubectl, join(this.#folder, "bin", "kubectl"));
    symlinkSync(apps, join(this.#folder, "apps"));
  }

  async run(script: string): Promise<string> {
    const path = [join(this.#folder, "bin"), process.env["PATH"] ?? ""].join(delimiter);
    const env = { ...process.env, PATH: path, KUBECONFIG: this.#stage.kubeconfig };
    const { stdout } = await promisify(execFile)("sh", ["-euc", script], { cwd: this.#folder, env });
    return stdout;
  }

  /** A path of the documentation, in the folder of this shell. */
  path(documented: string): string {
    return resolve(this.#folder, documented.replace(/^\//, ""));
  }
}
