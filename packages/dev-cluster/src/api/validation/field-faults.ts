import { type JsonObject, isJsonObject } from "../request.ts";
import { fieldTypes } from "./generated/field-types.ts";

export interface CheckedFields {
  /** Without unknown fields, without nulls, quantities as text. */
  readonly object: JsonObject;
  /** `unknown field "spec.foo"` */
  readonly unknown: readonly string[];
  /** `json: cannot unmarshal number into Go struct field …` */
  readonly mistyped: readonly string[];
}

interface Faults {
  readonly unknown: string[];
  readonly mistyped: string[];
}

/** Where a value is: as shown, with indexes, and the type and path that Go's decoder names. */
interface Place {
  readonly shown: string;
  readonly owner: string;
  readonly goPath: string;
}

/** Numbers are allowed for these, `cpu: 2` say. */
const quantities = new Set([
  "limits",
  "requests",
  "capacity",
  "allocatable",
  "overhead",
  "hard",
  "divisor",
  "sizeLimit",
  "allocatedResources",
]);

const goTypes: Readonly<Record<string, string>> = { string: "string", number: "int32", boolean: "bool" };

/** Compares an object of a kind with the fields that the kind has. */
export function fieldFaults(kind: string, object: JsonObject): CheckedFields {
  const faults: Faults = { unknown: [], mistyped: [] };
  const checked = checkedValue(object, kind, { place: { shown: "", owner: kind, goPath: "" }, faults });
  return { object: isJsonObject(checked) ? checked : {}, ...faults };
}

interface Check {
  readonly place: Place;
  readonly faults: Faults;
}

function checkedValue(value: unknown, type: string, check: Check): unknown {
  if (type === "any") return value;
  if (type === "IntOrString")
    return Number.isSafeInteger(value) || typeof value === "string"
      ? value
      : mistyped(value, "intstr.IntOrString", check);
  if (type.startsWith("[")) return checkedList(value, type.slice(1, -1), check);
  if (type.startsWith("{")) return checkedMap(value, type.slice(1, -1), check);
  const goType = goTypes[type];
  if (goType === undefined) return checkedStruct(value, type, check);
  // There is no field that may be a fraction.
  if (typeof value === type && (type !== "number" || Number.isSafeInteger(value))) return value;
  const field = check.place.goPath.split(".").at(-1) ?? "";
  if (type === "string" && typeof value === "number" && quantities.has(field)) return String(value);
  return mistyped(value, goType, check);
}

function checkedStruct(value: unknown, type: string, { place, faults }: Check): unknown {
  const fields = fieldTypes[type];
  if (!fields) return value;
  if (!isJsonObject(value)) return mistyped(value, type, { place, faults });
  const entries: [string, unknown][] = [];
  for (const [key, field] of Object.entries(value)) {
    const shown = place.shown === "" ? key : `${place.shown}.${key}`;
    const fieldType = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (fieldType === undefined) faults.unknown.push(`unknown field ${JSON.stringify(shown)}`);
    else if (field !== null)
      entries.push([key, checkedValue(field, fieldType, { place: within(place, type, key), faults })]);
  }
  return Object.fromEntries(entries);
}

function within(place: Place, owner: string, key: string): Place {
  const append = (path: string): string => (path === "" ? key : `${path}.${key}`);
  return { shown: append(place.shown), owner, goPath: append(place.goPath) };
}

function checkedList(value: unknown, type: string, check: Check): unknown {
  if (!Array.isArray(value)) return mistyped(value, `[]${goTypes[type] ?? type}`, check);
  const { place, faults } = check;
  return value.map((element: unknown, index) =>
    checkedValue(element ?? emptyOf(type), type, { place: { ...place, shown: `${place.shown}[${index}]` }, faults }),
  );
}

/** What Go makes of a null in a list. */
function emptyOf(type: string): unknown {
  return type === "string" ? "" : {};
}

function checkedMap(value: unknown, type: string, check: Check): unknown {
  if (!isJsonObject(value)) return mistyped(value, `map[string]${goTypes[type] ?? type}`, check);
  const entries = Object.entries(value).map(
    ([key, field]) => [key, checkedValue(field ?? emptyOf(type), type, check)] as const,
  );
  return Object.fromEntries(entries);
}

function mistyped(value: unknown, goType: string, { place, faults }: Check): undefined {
  const given = Array.isArray(value)
    ? "array"
    : value === null
      ? "null"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "number" && goType.startsWith("int")
          ? `number ${value}`
          : typeof value;
  faults.mistyped.push(
    `json: cannot unmarshal ${given} into Go struct field ${place.owner}.${place.goPath} of type ${goType}`,
  );
  return undefined;
}
