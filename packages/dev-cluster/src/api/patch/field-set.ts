import { type JsonObject, isJsonObject } from "../request.ts";
import { mergeKeyOf } from "./merge-keys.ts";

/** Fields in the form of `metadata.managedFields`: `f:<field>` and `k:{"name":"a"}` steps, `.` for a list element itself (`FieldsV1`). */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** These are what the object is; nobody owns them. */
const identity = new Set([
  "apiVersion",
  "kind",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "metadata.resourceVersion",
]);

/** All fields that an applied configuration names. */
export function fieldsOf(config: unknown, path: readonly string[] = []): FieldSet {
  if (!isJsonObject(config)) return {};
  const set: Record<string, FieldSet> = {};
  for (const [key, value] of Object.entries(config)) {
    const here = [...path, key];
    if (identity.has(here.join("."))) continue;
    const below = Array.isArray(value) ? elementsOf(value as readonly unknown[], here) : fieldsOf(value, here);
    if (key !== "metadata" || Object.keys(below).length > 0) set[`f:${key}`] = below;
  }
  return set;
}

function elementsOf(list: readonly unknown[], path: readonly string[]): FieldSet {
  const mergeKey = mergeKeyOf(path);
  if (mergeKey === undefined) return {};
  return Object.fromEntries(
    list.map((element) => [keyOfElement(element, mergeKey) ?? ".", { ".": {}, ...fieldsOf(element, path) }]),
  );
}

/** `k:{"name":"a"}`; undefined for an element that has no such key. */
export function keyOfElement(element: unknown, mergeKey: string): string | undefined {
  const value = isJsonObject(element) ? element[mergeKey] : undefined;
  return value === undefined ? undefined : `k:${JSON.stringify({ [mergeKey]: value })}`;
}

export function valueAtField(object: unknown, path: readonly string[]): unknown {
  return path.reduce((value, step) => (step.startsWith("f:") ? fieldAt(value, step) : elementAt(value, step)), object);
}

function fieldAt(value: unknown, step: string): unknown {
  return isJsonObject(value) ? value[step.slice(2)] : undefined;
}

function elementAt(value: unknown, step: string): unknown {
  const [[key] = [""]] = Object.entries(JSON.parse(step.slice(2)) as object);
  return Array.isArray(value)
    ? (value as readonly unknown[]).find((one) => keyOfElement(one, key) === step)
    : undefined;
}

/** The object without the field or list element at `path`. */
export function withoutField(object: JsonObject, path: readonly string[]): JsonObject {
  return removed(object, path) as JsonObject;
}

function removed(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return undefined;
  if (step.startsWith("f:")) {
    if (!isJsonObject(value)) return value;
    const { [step.slice(2)]: below, ...others } = value;
    const left = below === undefined ? undefined : removed(below, rest);
    return left === undefined ? others : { ...others, [step.slice(2)]: left };
  }
  if (!Array.isArray(value)) return value;
  const target = elementAt(value, step);
  return (value as readonly unknown[]).flatMap((one) =>
    one === target ? [removed(one, rest)].filter((left) => left !== undefined) : [one],
  );
}
