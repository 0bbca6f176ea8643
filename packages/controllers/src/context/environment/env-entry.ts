import { type EnvVar, type EnvVarSource, expandVariables } from "@virtual-kubelet/kubernetes";
import { ProviderError, type Variable } from "@virtual-kubelet/provider";
import type { EnvironmentSources } from "./environment-sources.ts";
import { fieldReference } from "./field-reference.ts";
import { fileReference } from "./written-files/file-reference.ts";
import type { ObjectReference, ReferencedObjects } from "./referenced-objects.ts";
import { resourceReference } from "./resource-reference.ts";
import { lengthLimit } from "./variable-set.ts";

export interface EntrySources extends EnvironmentSources {
  readonly objects: ReferencedObjects;
  /** What `$(NAME)` stands for. */
  readonly known: (name: string) => Variable | undefined;
}

/** One entry of `env`; `undefined` when it is optional and what it refers to is not there. */
export async function variableOf(entry: EnvVar, sources: EntrySources): Promise<Variable | undefined> {
  const { name, value = "", valueFrom } = entry;
  if (value !== "" || !valueFrom) return expanded(name, value, sources);
  const found = await valueOf(valueFrom, name, sources);
  return found && { name, ...found };
}

/** A value that mentions a sensitive variable is sensitive itself. */
function expanded(name: string, value: string, { known }: EntrySources): Variable {
  let sensitive = false;
  const count = lengthLimit(name);
  const text = expandVariables(value, (mentioned) => {
    const variable = known(mentioned);
    sensitive ||= variable?.sensitive ?? false;
    count(variable?.value ?? "");
    return variable?.value;
  });
  return { name, value: text, sensitive };
}

type Value = Pick<Variable, "value" | "sensitive">;

async function valueOf(source: EnvVarSource, name: string, sources: EntrySources): Promise<Value | undefined> {
  const { pod, addresses, allocatable, files } = sources;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) {
    if ((fieldRef.apiVersion ?? "v1") !== "v1")
      throw new ProviderError("InvalidInput", `unsupported pod version: ${fieldRef.apiVersion}`);
    return marked(fieldReference(pod, fieldRef.fieldPath, addresses), false);
  }
  if (resourceFieldRef) return marked(resourceReference(sources, resourceFieldRef, allocatable), false);
  if (configMapKeyRef) return marked(await keyOf({ kind: "ConfigMap", ...configMapKeyRef }, sources), false);
  if (secretKeyRef) return marked(await keyOf({ kind: "Secret", ...secretKeyRef }, sources), true);
  // Nobody knows what a container has written there: it may well be what it made of a secret.
  if (fileKeyRef) return marked(await fileReference(pod, fileKeyRef, files), true);
  throw new ProviderError(
    "Unsupported",
    `The source of the environment variable "${name}" (${Object.keys(source).join(", ") || "none"}) is not supported`,
  );
}

function marked(value: string | undefined, sensitive: boolean): Value | undefined {
  return value === undefined ? undefined : { value, sensitive };
}

/** In kubelet's words when there is none. */
async function keyOf(
  reference: ObjectReference & { readonly key: string },
  { pod, objects }: EntrySources,
): Promise<string | undefined> {
  const { kind, name, key, optional } = reference;
  const object = await objects.find(reference);
  const value = object?.value(key);
  if (value !== undefined || optional) return value;
  throw new ProviderError("ConfigMissing", `couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`);
}
