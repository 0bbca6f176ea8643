/** What a request asks for, in the words of Kubernetes' authorization. */
export interface RequestKind {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`. */
  readonly verb: string;
  /** With its subresource, `pods/status`; empty for what is no resource, such as `/version`. */
  readonly resource: string;
}

const verbs: Readonly<Record<string, readonly [ofOne: string, ofMany: string]>> = {
  GET: ["get", "list"],
  POST: ["create", "create"],
  PUT: ["update", "update"],
  PATCH: ["patch", "patch"],
  DELETE: ["delete", "deletecollection"],
};

/** Tells a request by method and path, without any name in it. Source: apiserver pkg/endpoints/request/requestinfo.go. */
export function requestKind(method: string, path: string): RequestKind {
  const [route = "", query = ""] = path.split("?", 2);
  const [root, ...rest] = route.split("/").filter(Boolean);
  const [ofOne, ofMany] = verbs[method] ?? [method.toLowerCase(), method.toLowerCase()];
  const within = root === "api" ? rest.slice(1) : root === "apis" ? rest.slice(2) : [];
  // `namespaces/{namespace}/pods`, but a namespace has subresources of its own.
  const isNamespaced = within[0] === "namespaces" && within.length > 2 && !namespaceSubresources.has(within[2] ?? "");
  const [plural, name, subresource] = isNamespaced ? within.slice(2) : within;
  if (plural === undefined) return { verb: ofOne, resource: "" };
  const isWatch = method === "GET" && new URLSearchParams(query).get("watch") === "true";
  const verb = isWatch ? "watch" : name === undefined ? ofMany : ofOne;
  return { verb, resource: subresource === undefined ? plural : `${plural}/${subresource}` };
}

const namespaceSubresources: ReadonlySet<string> = new Set(["status", "finalize"]);
