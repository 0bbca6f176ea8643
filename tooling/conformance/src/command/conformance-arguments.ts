import { parseArgs } from "node:util";
import { PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { newestVersion, releaseOf } from "@virtual-kubelet/control-plane";

/** Cases wait for the cluster most of the time. */
const defaultProcesses = 6;

export const usage = `npm run conformance -- [--quick] [--strict] [--record] [--list] [--kubernetes VERSION] [--processes N] [PATTERN …]

  PATTERN …      only cases whose name matches one of these regular expressions
  --quick        a few cases of each area, as continuous integration runs them
  --strict       when it cannot be run here that is a failure
  --record       keeps what is found in tooling/conformance/records, and writes docs/conformance.md anew
  --list         instead: prints the names of the cases, and why some are not applicable
  --kubernetes   another version than ${newestVersion}
  --processes    how many cases run beside each other: ${defaultProcesses}, if not said
`;

export interface ConformanceArguments {
  readonly release: string;
  readonly quick: boolean;
  readonly strict: boolean;
  readonly record: boolean;
  readonly list: boolean;
  readonly help: boolean;
  readonly processes: number;
  /** None: all. */
  readonly patterns: readonly RegExp[];
}

/** Throws a `PlainFailure` for what is none. */
export function conformanceArguments(args: readonly string[]): ConformanceArguments {
  const { values, positionals } = parsed(args);
  const { quick = false, strict = false, record = false, list = false, help = false } = values;
  const processes = Number(values.processes ?? defaultProcesses);
  if (!Number.isInteger(processes) || processes < 1) throw new PlainFailure(`--processes takes a number.\n\n${usage}`);
  if (quick && positionals.length > 0)
    throw new PlainFailure(`--quick has its own cases: leave it out, or the pattern.\n\n${usage}`);
  const patterns = positionals.map(patternOf);
  return { release: release(values.kubernetes), quick, strict, record, list, help, processes, patterns };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        strict: { type: "boolean" },
        record: { type: "boolean" },
        list: { type: "boolean" },
        help: { type: "boolean" },
        kubernetes: { type: "string" },
        processes: { type: "string" },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new PlainFailure(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new PlainFailure(`"${text}" is no regular expression: ${(cause as Error).message}.`, { cause });
  }
}

function release(version = newestVersion): string {
  try {
    return releaseOf(version === "newest" ? newestVersion : version);
  } catch (error) {
    throw error instanceof RangeError ? new PlainFailure(`--kubernetes: ${error.message}.`) : error;
  }
}
