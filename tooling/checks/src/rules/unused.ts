import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Check, Violation } from "../check.ts";
import { repositoryRoot } from "../repository.ts";

const knip = join(import.meta.dirname, "../../node_modules/.bin/knip");

/** What knip reports, in the words of this check. Its other findings are those of the type check and of other checks here. */
const kinds: Readonly<Record<string, string>> = {
  files: "nothing imports this file",
  dependencies: "no code imports this dependency",
  devDependencies: "no code imports this development dependency",
  catalog: "no package uses this version",
  exports: "nothing outside the file uses this export",
  types: "nothing outside the file uses this type",
  duplicates: "is exported twice",
};

type Issue = { readonly file: string } & Readonly<Record<string, string | readonly { name: string; line?: number }[]>>;

/** A check that everything under a root is used by something, as its knip.json says. */
export function unusedIn(root: string): Check {
  return {
    name: "unused",
    promise: "every file, export, dependency and version has something that uses it",
    run: async () => (await knipIssues(root)).flatMap(violationsOf),
  };
}

export const unused: Check = unusedIn(repositoryRoot);

async function knipIssues(root: string): Promise<readonly Issue[]> {
  const args = ["--directory", root, "--no-config-hints", "--no-exit-code", "--reporter", "json"];
  const env = { ...process.env, NODE_OPTIONS: "" };
  const { stdout } = await promisify(execFile)(knip, args, {
    cwd: root,
    env,
    timeout: 120_000,
    maxBuffer: 64 * 2 ** 20,
  });
  return (JSON.parse(stdout) as { issues: readonly Issue[] }).issues;
}

function violationsOf(issue: Issue): Violation[] {
  return Object.entries(kinds).flatMap(([kind, what]) => {
    const found = issue[kind];
    if (found === undefined || typeof found === "string") return [];
    return found.map(({ name, line }) => ({
      path: issue.file,
      ...(line === undefined ? {} : { line }),
      message: `${name === issue.file ? "" : `${name}: `}${what}; take it out.`,
    }));
  });
}
