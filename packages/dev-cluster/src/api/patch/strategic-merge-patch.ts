import { isDeepStrictEqual } from "node:util";
import { badRequest } from "../../api-error.ts";
import { type JsonObject, isJsonObject } from "../request.ts";
import { isMergedSet, mergeKeyOf } from "./merge-keys.ts";

const deleteFrom = "$deleteFromPrimitiveList/";
const elementOrder = "$setElementOrder/";

/**
 * Strategic merge patch with its directives: `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder/<list>` and
 * `$deleteFromPrimitiveList/<list>` (apimachinery, `strategicpatch`). Throws `BadRequest` for an element without its merge key.
 */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  return merged(target, patch, []);
}

function merged(target: unknown, patch: unknown, path: readonly string[]): unknown {
  if (!isJsonObject(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === "replace") return withoutDirectives(fields);
  if (directive === "delete") return {};
  const result: Record<string, unknown> = isJsonObject(target) ? retaining(target, retained) : {};
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(elementOrder)) continue;
    if (key.startsWith(deleteFrom)) removeValues(result, key.slice(deleteFrom.length), value);
    else if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergedList(result[key], value as readonly unknown[], [...path, key]);
    else result[key] = merged(result[key], value, [...path, key]);
  }
  for (const [key, order] of Object.entries(fields)) {
    if (key.startsWith(elementOrder)) orderList(result, [...path, key.slice(elementOrder.length)], order);
  }
  return result;
}

function retaining(target: JsonObject, retained: unknown): Record<string, unknown> {
  if (!Array.isArray(retained)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => retained.includes(key)));
}

function removeValues(holder: Record<string, unknown>, field: string, values: unknown): void {
  const list = holder[field];
  if (Array.isArray(list) && Array.isArray(values)) holder[field] = list.filter((one) => !values.includes(one));
}

function mergedList(target: unknown, patch: readonly unknown[], path: readonly string[]): unknown {
  const current: readonly unknown[] = Array.isArray(target) ? target : [];
  if (isMergedSet(path)) return [...new Set([...current, ...patch])];
  const mergeKey = mergeKeyOf(path);
  if (mergeKey === undefined) return patch.filter((element) => !isReplaceDirective(element)).map(withoutDirectives);
  if (patch.some(isReplaceDirective))
    return patch.filter((element) => !isReplaceDirective(element)).map(withoutDirectives);
  const result = [...current];
  for (const element of patch) {
    const key = isJsonObject(element) ? element[mergeKey] : undefined;
    if (key === undefined)
      throw badRequest(`map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`);
    const index = result.findIndex((one) => isJsonObject(one) && isDeepStrictEqual(one[mergeKey], key));
    const deleting = isJsonObject(element) && element["$patch"] === "delete";
    if (deleting && index >= 0) result.splice(index, 1);
    else if (index >= 0) result[index] = merged(result[index], element, path);
    else if (!deleting) result.push(merged({}, element, path));
  }
  return result;
}

function isReplaceDirective(element: unknown): boolean {
  return isJsonObject(element) && element["$patch"] === "replace";
}

/** Elements that the order names stand in that order; those it does not name keep their place behind the element that they followed. */
function orderList(holder: Record<string, unknown>, path: readonly string[], order: unknown): void {
  const list = holder[path.at(-1) ?? ""];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const mergeKey = mergeKeyOf(path);
  const identity = (element: unknown): unknown =>
    mergeKey !== undefined && isJsonObject(element) ? element[mergeKey] : element;
  const wanted = order.map(identity);
  const named = list
    .filter((one) => wanted.includes(identity(one)))
    .toSorted((a, b) => wanted.indexOf(identity(a)) - wanted.indexOf(identity(b)));
  const result: unknown[] = [...named];
  list.forEach((element, index) => {
    if (wanted.includes(identity(element))) return;
    const before = index === 0 ? -1 : result.findIndex((one) => identity(one) === identity(list[index - 1]));
    result.splice(before + 1, 0, element);
  });
  holder[path.at(-1) ?? ""] = result;
}

/** What is new is taken as it is, except for directives, which are never stored. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([key, field]) => !key.startsWith("$") && field !== null);
  return Object.fromEntries(entries.map(([key, field]) => [key, withoutDirectives(field)]));
}
