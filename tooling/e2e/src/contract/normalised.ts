import type { Json } from "./exchange.ts";

/**
 * Gives a function for the answers of one exchange: it replaces what differs from one run to the next. Versions of objects become numbers in the
 * order in which they are first seen, so that it is compared whether a request made a new one.
 */
export function normaliser(): (value: Json) => Json {
  const versions = new Map<string, string>();
  const version = (text: string): string => {
    const known = versions.get(text) ?? `<version ${versions.size + 1}>`;
    versions.set(text, known);
    return known;
  };
  const normalised = (value: Json): Json => {
    if (typeof value === "string") return withoutChance(value);
    if (Array.isArray(value)) return value.map(normalised);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value as object).map(([key, field]) => [key, normalised(field)]);
    const object = Object.fromEntries(entries);
    if (value.metadata) object.metadata = metadataOf(value, { metadata: object.metadata, version });
    return object;
  };
  return normalised;
}

interface MetadataContext {
  /** Normalised so far. */
  readonly metadata: Json;
  readonly version: (text: string) => string;
}

function metadataOf(object: Json, { metadata, version }: MetadataContext): Json {
  const { resourceVersion, generateName, managedFields, continue: token } = object.metadata;
  const result = { ...metadata };
  if (resourceVersion) result.resourceVersion = isObject(object) ? version(resourceVersion) : "<version>";
  if (generateName) result.name = metadata.name?.replace(/.{5}$/, "<random>");
  if (token) result.continue = "<token>";
  if (managedFields) result.managedFields = applied(metadata.managedFields);
  if (result.managedFields?.length === 0) delete result.managedFields;
  return result;
}

/** By whom which fields were applied. The real server orders them by the second of their times. */
function applied(managedFields: readonly Json[]): readonly Json[] {
  return managedFields
    .filter(({ operation }) => operation === "Apply")
    .map((entry) => ({ ...entry, time: undefined }))
    .toSorted((a, b) => (a.manager < b.manager ? -1 : 1));
}

/** Not of a list, a table or a bookmark, whose version depends on what else happens in the cluster. */
function isObject({ metadata, items, rows }: Json): boolean {
  return items === undefined && rows === undefined && (metadata.uid !== undefined || metadata.name !== undefined);
}

const chances: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uid>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/^(\d+[smhd])+$/, "<age>"],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, "kube-api-access-<random>"],
  [/\b(resource ?version[^\d]{0,30})\d+( \(\d+\))?/gi, "$1<version>"],
  [/\bcurrent: \d+/g, "current: <version>"],
  [/\b(127\.0\.0\.1|192\.0\.2\.1):\d+/g, "<address>"],
  [/\b10\.96\.\d+\.\d+\b/g, "<cluster IP>"],
  [/-----BEGIN CERTIFICATE-----[^]*/, "<certificate>"],
];

function withoutChance(text: string): string {
  return chances.reduce(
    (result, [pattern, name]) =>
      result.replaceAll(new RegExp(pattern, pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`), name),
    text,
  );
}
