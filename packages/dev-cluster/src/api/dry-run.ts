import { invalidOptions, optionsKind } from "./options.ts";
import type { ResourceRequest } from "./request.ts";
import { fault } from "./validation/faults.ts";

/** Whether a change is only to be tried. `All` is the one value there is; any other is `Invalid`, rather than done in earnest. */
export function isDryRun(method: string, values: readonly unknown[]): boolean {
  if (values.every((value) => value === "All")) return values.length > 0;
  const cause = fault("NotSupported", "dryRun", { value: values, why: 'supported values: "All"' });
  throw invalidOptions(optionsKind(method), [cause]);
}

/** The request as it is, or on a copy of what is stored, which nobody else sees. */
export function onTrial(request: ResourceRequest, { dryRun }: { readonly dryRun: boolean }): ResourceRequest {
  return dryRun ? { ...request, storage: request.storage.fork() } : request;
}
