import { isDeepStrictEqual } from "node:util";
import { ApiError, badRequest } from "../../api-error.ts";
import { isJsonObject } from "../request.ts";

type Container = unknown[] | Record<string, unknown>;

/** Of all that the copies of one patch add (apiserver, `jsonpatch.AccumulatedCopySizeLimit`): a few that double the object fill any memory. */
const copyLimitBytes = 3 * 1024 * 1024;

/** JSON patch (RFC 6902). A test that fails is `Invalid`, as is a path that is not there; what is no patch at all is `BadRequest`. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest("a JSON patch is a list of operations");
  let root: unknown = structuredClone(target);
  let copiedBytes = 0;
  for (const operation of operations as readonly unknown[]) {
    if (!isJsonObject(operation) || typeof operation["path"] !== "string")
      throw badRequest("each operation of a JSON patch is an object with op and path");
    copiedBytes += copySize(root, operation as unknown as JsonPatchOperation);
    if (copiedBytes > copyLimitBytes)
      throw unprocessable(
        `Unable to complete the copy, the accumulated size increase of copy is ${copiedBytes}, exceeding the limit ${copyLimitBytes}`,
      );
    root = applied(root, operation as unknown as JsonPatchOperation);
  }
  return root;
}

function copySize(root: unknown, { op, from = "" }: JsonPatchOperation): number {
  return op === "copy" ? JSON.stringify(valueAt(root, from)).length : 0;
}

interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

function applied(root: unknown, operation: JsonPatchOperation): unknown {
  const { op, path, value } = operation;
  switch (op) {
    case "add":
      return withValue(root, path, structuredClone(value));
    case "remove":
      return without(root, path);
    case "replace":
      valueAt(root, path);
      return path === "" ? value : withValue(without(root, path), path, structuredClone(value));
    case "move":
    case "copy": {
      const from = operation.from ?? "";
      const moved = structuredClone(valueAt(root, from));
      return withValue(op === "move" ? without(root, from) : root, path, moved);
    }
    case "test":
      if (!isDeepStrictEqual(valueAt(root, path), value)) throw unprocessable(`testing value ${path} failed`);
      return root;
    default:
      throw badRequest(`Unexpected kind: ${op}`);
  }
}

function keysOf(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw unprocessable(`"${pointer}" is no JSON pointer: it does not start with "/"`);
  return pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(root: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce((value, key) => {
    const holder = containerOf(value, pointer);
    const found = Array.isArray(holder)
      ? holder[indexOf(key, holder.length - 1, pointer)]
      : Object.hasOwn(holder, key)
        ? holder[key]
        : undefined;
    if (found === undefined) throw missing(pointer);
    return found;
  }, root);
}

/** Changes `root`, which is ours alone. */
function withValue(root: unknown, pointer: string, value: unknown): unknown {
  const keys = keysOf(pointer);
  const last = keys.at(-1);
  if (last === undefined) return value;
  const holder = holderOf(root, keys, pointer);
  if (Array.isArray(holder))
    holder.splice(last === "-" ? holder.length : indexOf(last, holder.length, pointer), 0, value);
  else Object.defineProperty(holder, last, { value, writable: true, enumerable: true, configurable: true });
  return root;
}

function without(root: unknown, pointer: string): unknown {
  valueAt(root, pointer);
  const keys = keysOf(pointer);
  const last = keys.at(-1);
  if (last === undefined) return undefined;
  const holder = holderOf(root, keys, pointer);
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return root;
}

function holderOf(root: unknown, keys: readonly string[], pointer: string): Container {
  const parent = keys.slice(0, -1).map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return containerOf(valueAt(root, parent.join("")), pointer);
}

function containerOf(value: unknown, pointer: string): Container {
  if (typeof value !== "object" || value === null) throw missing(pointer);
  return value as Container;
}

function indexOf(key: string, highest: number, pointer: string): number {
  const index = Number(key);
  if (!/^(0|[1-9]\d*)$/.test(key) || index > highest) throw missing(pointer);
  return index;
}

function missing(pointer: string): ApiError {
  return unprocessable(`the path "${pointer}" of the JSON patch is not there`);
}

function unprocessable(message: string): ApiError {
  return new ApiError("Invalid", `the server rejected our request due to an error in our request: ${message}`);
}
