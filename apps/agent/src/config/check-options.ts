import type { OptionsSchema } from "@virtual-kubelet/provider";
import { nearestName } from "./nearest-name.ts";
import { propertiesAt, type JsonSchema } from "./json-schema.ts";

/** One thing that is wrong with a value, and where in it. */
export interface Mistake {
  readonly kind: "unknown key" | "missing" | "wrong";
  readonly path: readonly PropertyKey[];
  /** What is wrong, without the place: `must be a whole number`. */
  readonly problem: string;
}

export type CheckedOptions<Output> =
  | { readonly value: Output; readonly mistakes?: undefined }
  | { readonly value?: undefined; readonly mistakes: readonly Mistake[] };

/**
 * Checks a value with its schema. A key that the schema's JSON Schema does not know is a mistake, whether the schema itself
 * would refuse or drop it, unless it says that other keys are welcome.
 */
export async function checkOptions<Output>(
  schema: OptionsSchema<unknown, Output>,
  value: unknown,
): Promise<CheckedOptions<Output>> {
  const unknown = unknownKeys(jsonSchemaOf(schema), value);
  const result = await schema["~standard"].validate(value);
  const wrong = (result.issues ?? []).filter((issue) => !(unknown.length > 0 && isAboutKeys(issue)));
  const mistakes = [...unknown, ...wrong.map((issue) => mistakeOf(issue, value))];
  if (mistakes.length > 0 || result.issues) return { mistakes };
  return { value: result.value };
}

/** The schema of the input as JSON Schema; `undefined` where the schema library cannot tell. */
export function jsonSchemaOf<Input, Output>(schema: OptionsSchema<Input, Output>): JsonSchema | undefined {
  try {
    return schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
  } catch {
    return undefined; // A part of it has no JSON Schema; the checks by the schema itself remain.
  }
}

function unknownKeys(root: JsonSchema | undefined, value: unknown): Mistake[] {
  if (root === undefined) return [];
  const mistakes: Mistake[] = [];
  const visit = (schema: JsonSchema, part: unknown, path: readonly PropertyKey[]): void => {
    const { properties, closed, rest, items } = propertiesAt(root, schema);
    if (Array.isArray(part)) {
      for (const [index, item] of part.entries()) if (items) visit(items, item, [...path, index]);
    } else if (typeof part === "object" && part !== null) {
      for (const [key, item] of Object.entries(part)) {
        const child = properties.get(key) ?? rest;
        if (child) visit(child, item, [...path, key]);
        else if (closed) mistakes.push(unknownKey([...path, key], properties.keys()));
      }
    }
  };
  visit(root, value, []);
  return mistakes;
}

function unknownKey(path: readonly PropertyKey[], known: Iterable<string>): Mistake {
  const names = [...known];
  const nearest = nearestName(String(path.at(-1)), names);
  const problem = nearest ? `did you mean "${nearest}"?` : `known here: ${names.toSorted().join(", ") || "none"}`;
  return { kind: "unknown key", path, problem };
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

/** zod's way to say what `unknownKeys` says better. */
function isAboutKeys(issue: Issue): boolean {
  return "code" in issue && issue.code === "unrecognized_keys";
}

function mistakeOf(issue: Issue, value: unknown): Mistake {
  const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  const found = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
  const problem = issue.message.replace(/^Invalid (input|option): /, "");
  if (found === undefined) return { kind: "missing", path, problem: problem.replace(/, received undefined$/, "") };
  const quote = problem.includes("expected string") && ["boolean", "number"].includes(typeof found);
  return { kind: "wrong", path, problem: quote ? `${problem} (put it in quotes)` : problem };
}

/** `unknown key "nodeNme", did you mean "nodeName"?` */
export function mistakeText({ kind, path, problem }: Mistake): string {
  const place = path.length > 0 ? `"${pathText(path)}"` : "the whole";
  if (kind === "unknown key") return `unknown key ${place}, ${problem}`;
  return kind === "missing" ? `${place} is missing: ${problem}` : `${place}: ${problem}`;
}

/** `taints[0].effect` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}
