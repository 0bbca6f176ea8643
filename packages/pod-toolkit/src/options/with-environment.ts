import type { OptionsSchema } from "@virtual-kubelet/provider";

/** An option that an environment variable may give. */
export interface EnvironmentOption {
  /** Where it is among the options: `address`, `tls.caFile`. */
  readonly option: string;
  /** Makes its value of the text, which is never empty; throws with what it must be. The text itself when absent. */
  parse?(text: string): unknown;
}

/** By the name of the variable; of two for one option the first that is set counts. A text is an option whose value is one. */
export type EnvironmentTable = Readonly<Record<string, string | EnvironmentOption>>;

export interface WithEnvironmentOptions {
  /** The process's own when absent; looked at whenever options are checked. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Which counts where both are given: `environment` when absent. */
  readonly wins?: "environment" | "options";
}

/**
 * A schema of options that also takes some from environment variables. The result is checked as a whole, and what is wrong with an option
 * that came from a variable says which. An empty variable counts as absent.
 *
 * @example
 * ```ts
 * import { flagFrom, withEnvironment } from "@virtual-kubelet/pod-toolkit";
 * import { z } from "zod";
 *
 * const schema = z.strictObject({ address: z.url(), tls: z.strictObject({ verify: z.boolean().optional() }).optional() });
 *
 * export const options = withEnvironment(schema, {
 *   ACME_ADDR: "address",
 *   ACME_TLS_VERIFY: { option: "tls.verify", parse: flagFrom },
 * });
 * ```
 */
export function withEnvironment<Input, Output>(
  schema: OptionsSchema<Input, Output>,
  table: EnvironmentTable,
  { environment = process.env, wins = "environment" }: WithEnvironmentOptions = {},
): OptionsSchema<Input, Output> {
  const standard = schema["~standard"];
  const validate: typeof standard.validate = async (input) => {
    const given = valuesOf(table, environment).filter(({ path }) => wins === "environment" || !has(input, path));
    const problems = given.filter(({ problem }) => problem !== undefined);
    if (problems.length > 0) {
      return { issues: problems.map(({ name, path, problem = "" }) => ({ path, message: named(problem, name) })) };
    }
    const result = await standard.validate(
      given.reduce((options, { path, value }) => put(options, path, value), input),
    );
    if (!result.issues) return result;
    return {
      issues: result.issues.map((issue) => {
        const source = given.find(({ path }) => path.every((key, index) => keyAt(issue.path, index) === key));
        return source ? { ...issue, message: named(issue.message, source.name) } : issue;
      }),
    };
  };
  return { "~standard": { ...standard, validate } };
}

interface Value {
  readonly name: string;
  readonly path: readonly string[];
  readonly value?: unknown;
  readonly problem?: string;
}

function valuesOf(
  table: EnvironmentTable,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Value[] {
  const values = new Map<string, Value>();
  for (const [name, entry] of Object.entries(table)) {
    const text = environment[name];
    const { option, ...rest } = typeof entry === "string" ? { option: entry } : entry;
    if (text && !values.has(option)) values.set(option, { name, path: option.split("."), ...parsed(rest, text) });
  }
  return [...values.values()];
}

function parsed(entry: Pick<EnvironmentOption, "parse">, text: string): Pick<Value, "value" | "problem"> {
  try {
    return { value: entry.parse ? entry.parse(text) : text };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function named(message: string, variable: string): string {
  return `${message} (from the environment variable ${variable})`;
}

type IssuePath = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;

function keyAt(path: IssuePath, index: number): unknown {
  const part = path?.[index];
  return typeof part === "object" ? part.key : part;
}

function has(options: unknown, [key = "", ...rest]: readonly string[]): boolean {
  if (!isObject(options) || options[key] === undefined) return false;
  return rest.length === 0 || has(options[key], rest);
}

/** What is no object is left for the schema to refuse. */
function put(options: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  if (options !== undefined && !isObject(options)) return options;
  return { ...options, [key]: rest.length === 0 ? value : put(options?.[key], rest, value) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
