import type { StatusCause } from "@virtual-kubelet/kubernetes";
import { type ApiError, invalid } from "../api-error.ts";

const kinds: Readonly<Record<string, string>> = {
  GET: "ListOptions",
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
};

/** The kind of the options that a request of this method takes. */
export function optionsKind(method: string): string {
  return kinds[method] ?? "Options";
}

/** What is wrong with the options of a request. */
export function invalidOptions(kind: string, causes: readonly StatusCause[]): ApiError {
  return invalid({ group: "meta.k8s.io", plural: kind.toLowerCase(), kind }, "", causes);
}
