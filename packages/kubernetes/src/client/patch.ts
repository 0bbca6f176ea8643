/**
 * A change of one object. `strategic` is known only for Kubernetes' own kinds; `apply` is server-side apply, its body names
 * all that the field manager wants to own.
 */
export type Patch =
  | { readonly type: "merge" | "strategic"; readonly body: object }
  | { readonly type: "json"; readonly body: readonly object[] }
  | { readonly type: "apply"; readonly body: object; readonly fieldManager: string; readonly force?: boolean };

/** The content type by which the API server tells the four kinds apart. */
export const patchContentTypes: Readonly<Record<Patch["type"], string>> = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  // JSON is YAML: every server that knows apply takes it under this name.
  apply: "application/apply-patch+yaml",
};
