import { parseArgs } from "node:util";
import { PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";

export const usage = `npm run faults -- [--quick] [--mutate] [--record] [--crashes N] [NUMBER …]

  NUMBER …     only these scenarios: 08, 37, 53b; a: crash anywhere; b: perturbed views; m: random histories
  --quick      what takes longer than a change has time for is left out
  --mutate     instead: each scenario in a copy of the source whose guard is patched out, where it must fail
  --record     keeps what was seen in tooling/faults/records, and writes the table of docs/reliability.md anew
  --crashes N  crash anywhere, with so many kills of the agent
`;

export interface FaultArguments {
  readonly quick: boolean;
  readonly mutate: boolean;
  readonly record: boolean;
  readonly help: boolean;
  readonly crashes?: number;
  /** None: all. */
  readonly numbers: readonly string[];
}

/** Throws a `PlainFailure` for what is none. */
export function faultArguments(args: readonly string[]): FaultArguments {
  const { values, positionals } = parsed(args);
  const { quick = false, mutate = false, record = false, help = false } = values;
  const numbers = positionals.map(scenarioNumber);
  if (mutate && record) throw new PlainFailure(`--mutate finds nothing to --record.\n\n${usage}`);
  if (values.crashes === undefined) return { quick, mutate, record, help, numbers };
  const crashes = Number(values.crashes);
  if (!Number.isInteger(crashes) || crashes < 1) throw new PlainFailure(`--crashes takes a number.\n\n${usage}`);
  return { quick, mutate, record, help, crashes, numbers: [...numbers, "a"] };
}

/** What selects scenarios by their numbers, for vitest; none selects all. */
export function patternOf(numbers: readonly string[]): string | undefined {
  return numbers.length === 0 ? undefined : `^\\[(${numbers.join("|")})\\] `;
}

function scenarioNumber(text: string): string {
  if (!/^(\d{1,2}[a-z]?|[a-z]+)$/.test(text))
    throw new PlainFailure(`"${text}" is no number of a scenario.\n\n${usage}`);
  return /^\d[a-z]?$/.test(text) ? `0${text}` : text;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        mutate: { type: "boolean" },
        record: { type: "boolean" },
        help: { type: "boolean" },
        crashes: { type: "string" },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new PlainFailure(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
