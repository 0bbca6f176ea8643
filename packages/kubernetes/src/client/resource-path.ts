import type { ObjectName, Resource } from "./resource.ts";

export type QueryValue = string | number | boolean | undefined;

/** `apiVersion` as objects of the resource carry it: `v1`, `apps/v1`. */
export function apiVersionOf(resource: Resource<unknown>): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** The path of all objects of a resource, in one namespace or in all. */
export function collectionPath(resource: Resource<unknown>, namespace: string | undefined): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (namespace === undefined) return `${root}/${resource.plural}`;
  if (!resource.namespaced) throw new TypeError(`${resource.plural} have no namespace, "${namespace}" was given`);
  return `${root}/namespaces/${segment(namespace, "namespace")}/${resource.plural}`;
}

/** The path of one namespace's objects: where new ones are sent. */
export function creationPath(resource: Resource<unknown>, namespace: string | undefined): string {
  if (resource.namespaced && namespace === undefined) {
    throw new TypeError(`${resource.plural} have a namespace, none was given: set metadata.namespace`);
  }
  return collectionPath(resource, resource.namespaced ? namespace : undefined);
}

/**
 * The path of one object, or of its subresource. Throws a `TypeError` rather than name a whole collection by an empty
 * name.
 */
export function objectPath(resource: Resource<unknown>, name: ObjectName, subresource?: string): string {
  const object = `${creationPath(resource, name.namespace)}/${segment(name.name, `name of one of the ${resource.plural}`)}`;
  return subresource === undefined ? object : `${object}/${subresource}`;
}

/** `path` with the parameters that are given. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

function segment(text: string, what: string): string {
  if (typeof text !== "string" || text === "" || text === "." || text === "..") {
    throw new TypeError(`"${text}" cannot be the ${what}`);
  }
  return encodeURIComponent(text);
}
