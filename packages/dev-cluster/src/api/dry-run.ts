import { invalid } from "../api-error.ts";
import type { ResourceRequest } from "./request.ts";
import { fault } from "./validation/faults.ts";

const optionsOfMethod: Readonly<Record<string, string>> = {
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
};

/** Whether a change is only to be tried. `All` is the one value there is; any other is `Invalid`, rather than done in earnest. */
export function isDryRun(method: string, values: readonly unknown[]): boolean {
  const other = values.find((value) => value !== "All");
  if (other === undefined) return values.length > 0;
  const kind = optionsOfMethod[method] ?? "Options";
  const cause = fault("NotSupported", "dryRun", { value: other, why: 'supported values: "All"' });
  throw invalid({ group: "meta.k8s.io", plural: kind.toLowerCase(), kind }, "", [cause]);
}

/** The request as it is, or on a copy of what is stored, which nobody else sees. */
export function onTrial(request: ResourceRequest, { dryRun }: { readonly dryRun: boolean }): ResourceRequest {
  return dryRun ? { ...request, storage: request.storage.fork() } : request;
}
