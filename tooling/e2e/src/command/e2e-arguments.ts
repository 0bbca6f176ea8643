import { parseArgs } from "node:util";
import { PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { defaultVersions, newestVersion, releaseOf } from "@virtual-kubelet/control-plane";
import { type Target, targetNamed } from "../targets/target.ts";

export const usage = `npm run e2e -- [--kubernetes VERSION,…] [--strict] [--record] [FILE …] [-- arguments of vitest]

  --kubernetes   the control planes, beside the embedded cluster, instead of ${defaultVersions.join(" and ")}: 1.34, 1.36.1, newest, none
  --strict       what cannot be run here is a failure, not skipped
  --record       keeps what is found in tooling/e2e/records, and writes docs/compatibility.md anew
`;

export interface E2eArguments {
  /** The control planes, beside the embedded cluster. */
  readonly targets: readonly Target[];
  readonly strict: boolean;
  readonly record: boolean;
  readonly help: boolean;
  /** For vitest. */
  readonly rest: readonly string[];
}

/** Throws a `PlainFailure` for what is none. */
export function e2eArguments(args: readonly string[]): E2eArguments {
  const { values, positionals: rest } = parsed(args);
  const { kubernetes, strict = false, record = false, help = false } = values;
  return { targets: versionsOf(kubernetes).map(targetOf), strict, record, help, rest };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        kubernetes: { type: "string" },
        strict: { type: "boolean" },
        record: { type: "boolean" },
        help: { type: "boolean" },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new PlainFailure(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}

function versionsOf(list: string | undefined): readonly string[] {
  if (list === undefined) return defaultVersions;
  if (list === "none") return [];
  return list.split(",").map((version) => (version.trim() === "newest" ? newestVersion : version.trim()));
}

function targetOf(version: string): Target {
  try {
    return targetNamed(releaseOf(version));
  } catch (error) {
    throw error instanceof RangeError ? new PlainFailure(`--kubernetes: ${error.message}.`) : error;
  }
}
