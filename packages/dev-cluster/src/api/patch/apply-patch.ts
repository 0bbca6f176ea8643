import { isDeepStrictEqual } from "node:util";
import type { ManagedFieldsEntry, StatusCause } from "@virtual-kubelet/kubernetes";
import { type JsonObject, isJsonObject } from "../request.ts";
import { type FieldSet, fieldsOf, keyOfElement, valueAtField, withoutField } from "./field-set.ts";
import { mergeKeyOf } from "./merge-keys.ts";

export interface ApplyCall {
  readonly fieldManager: string;
  readonly apiVersion: string;
  readonly time: string;
}

export interface Applied {
  readonly object: JsonObject;
  /** Fields that another manager has applied with another value, as causes of a conflict. */
  readonly conflicts: readonly StatusCause[];
}

/**
 * Server-side apply among those who apply: fields that a manager applied before and no longer names are removed unless another manager applied
 * them too. Unlike the real server, fields written by other kinds of request are nobody's, and never conflict.
 */
export function applyPatch(current: JsonObject, applied: JsonObject, call: ApplyCall): Applied {
  const { managedFields: _, ...metadata } = isJsonObject(applied["metadata"]) ? applied["metadata"] : {};
  const config: JsonObject = { ...applied, metadata };
  const entries = managedFieldsOf(current);
  const others = entries.filter((entry) => entry.manager !== call.fieldManager);
  const fields = fieldsOf(config);
  const before = entries.find((entry) => entry.manager === call.fieldManager)?.fieldsV1 as FieldSet | undefined;
  const abandoned = pathsOf(before ?? {}).filter(
    (path) => !has(fields, path) && !others.some((entry) => has(entry.fieldsV1 as FieldSet, path)),
  );
  // What changes nothing, not even a time, is no new version: who applies whenever the object changes would never rest.
  if (isDeepStrictEqual(before, fields) && isDeepStrictEqual(mergedConfig(current, config, []), current))
    return { object: current, conflicts: [] };
  const object = mergedConfig(abandoned.reduce(withoutField, current), config, []) as JsonObject;
  const entry = {
    manager: call.fieldManager,
    operation: "Apply",
    apiVersion: call.apiVersion,
    time: call.time,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  };
  const conflicts = others.flatMap((other) => conflictsWith(other, { current, config, fields }));
  const kept = others.map((other) => ({
    ...other,
    fieldsV1: minus(other.fieldsV1 as FieldSet, conflicts.length > 0 ? changedPaths(current, config, fields) : []),
  }));
  const resultMeta = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  return { object: { ...object, metadata: { ...resultMeta, managedFields: [...kept, entry] } }, conflicts };
}

function managedFieldsOf(object: JsonObject): readonly ManagedFieldsEntry[] {
  const metadata = object["metadata"] as { readonly managedFields?: readonly ManagedFieldsEntry[] } | undefined;
  return metadata?.managedFields ?? [];
}

function mergedConfig(target: unknown, config: unknown, path: readonly string[]): unknown {
  if (Array.isArray(config)) return mergedConfigList(target, config as readonly unknown[], path);
  if (!isJsonObject(config)) return config;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(config)) result[key] = mergedConfig(result[key], value, [...path, key]);
  return result;
}

function mergedConfigList(target: unknown, config: readonly unknown[], path: readonly string[]): unknown {
  const mergeKey = mergeKeyOf(path);
  if (mergeKey === undefined) return config;
  const result: unknown[] = Array.isArray(target) ? [...target] : [];
  for (const element of config) {
    const key = keyOfElement(element, mergeKey);
    const index = result.findIndex((one) => keyOfElement(one, mergeKey) === key);
    if (index < 0) result.push(element);
    else result[index] = mergedConfig(result[index], element, path);
  }
  return result;
}

interface Change {
  readonly current: JsonObject;
  readonly config: JsonObject;
  readonly fields: FieldSet;
}

/** The fields whose values differ. A list element, or an empty object, has no value of its own. */
function changedPaths(current: JsonObject, config: JsonObject, fields: FieldSet): readonly (readonly string[])[] {
  return pathsOf(fields).filter((path) => {
    const value = valueAtField(config, path);
    return !isJsonObject(value) && !isDeepStrictEqual(valueAtField(current, path), value);
  });
}

function conflictsWith(other: ManagedFieldsEntry, change: Change): readonly StatusCause[] {
  return changedPaths(change.current, change.config, change.fields)
    .filter((path) => has(other.fieldsV1 as FieldSet, path) && valueAtField(change.current, path) !== undefined)
    .map((path) => ({
      reason: "FieldManagerConflict",
      message: `conflict with "${other.manager}"`,
      field: fieldText(path),
    }));
}

/** `.spec.containers[name="a"].image` */
function fieldText(path: readonly string[]): string {
  return path
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      const [[key, value] = ["", ""]] = Object.entries(JSON.parse(step.slice(2)) as object);
      return `[${key}=${JSON.stringify(value)}]`;
    })
    .join("");
}

/** All paths that end in a field without fields, and those of list elements before what is in them. */
function pathsOf(fields: FieldSet): readonly (readonly string[])[] {
  return Object.entries(fields).flatMap(([step, below]) => {
    if (step === ".") return [];
    const inner = pathsOf(below).map((path) => [step, ...path]);
    return inner.length === 0 || "." in below ? [[step], ...inner] : inner;
  });
}

function has(fields: FieldSet | undefined, path: readonly string[]): boolean {
  let at = fields;
  for (const step of path) at = at?.[step];
  return at !== undefined;
}

function minus(fields: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce<FieldSet>((set, path) => withoutPath(set, path), fields);
}

function withoutPath(fields: FieldSet, [step, ...rest]: readonly string[]): FieldSet {
  const below = step === undefined ? undefined : fields[step];
  if (step === undefined || below === undefined) return fields;
  const { [step]: _, ...others } = fields;
  return rest.length === 0 ? others : { ...others, [step]: withoutPath(below, rest) };
}
