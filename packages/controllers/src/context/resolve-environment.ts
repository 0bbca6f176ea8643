import {
  type ConfigMap,
  type Container,
  type EnvFromSource,
  type EnvVar,
  type Pod,
  type Secret,
  expandVariables,
} from "@virtual-kubelet/kubernetes";
import { ProviderError, type Variable } from "@virtual-kubelet/provider";
import { type PodAddresses, fieldReference } from "./field-reference.ts";
import { resourceReference } from "./resource-reference.ts";

/** Where the values of an environment come from. */
export interface EnvironmentSources {
  readonly pod: Pod;
  readonly container: Container;
  readonly addresses: PodAddresses;
  /** What the node can give to pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
}

export interface ResolvedEnvironment {
  readonly variables: readonly Variable[];
  /** Keys of ConfigMaps and Secrets that no environment variable can be named: `Secret default/keys: a=b`. */
  readonly skipped: readonly string[];
}

/**
 * A container's environment: `envFrom` in its order, then `env`, later ones overruling earlier ones, with `$(VAR)` of what
 * came before.
 *
 * @throws ProviderError `ConfigMissing` when a ConfigMap, a Secret or a key of one that is not optional does not exist.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`makeEnvironmentVariables`)
 */
export async function resolveEnvironment(sources: EnvironmentSources): Promise<ResolvedEnvironment> {
  const variables = new Map<string, Variable>();
  const skipped: string[] = [];
  for (const source of sources.container.envFrom ?? []) {
    for (const { origin, ...variable } of await fromObject(source, sources)) {
      if (isVariableName(variable.name)) variables.set(variable.name, variable);
      else skipped.push(`${origin}: ${variable.name}`);
    }
  }
  for (const entry of sources.container.env ?? []) {
    const variable = await fromEntry(entry, { ...sources, before: variables });
    if (variable) variables.set(entry.name, variable);
  }
  return { variables: [...variables.values()], skipped };
}

async function fromObject({ prefix = "", configMapRef, secretRef }: EnvFromSource, sources: EnvironmentSources) {
  const { namespace } = sources.pod.metadata;
  if (configMapRef?.name) {
    const { name, optional } = configMapRef;
    const object = await sources.configMap(name);
    if (!object && !optional) throw missing(`configmap "${name}" not found`);
    const origin = `ConfigMap ${namespace}/${name}`;
    return Object.entries(object?.data ?? {}).map(([key, value]) => ({
      name: prefix + key,
      value,
      sensitive: false,
      origin,
    }));
  }
  if (secretRef?.name) {
    const { name, optional } = secretRef;
    const object = await sources.secret(name);
    if (!object && !optional) throw missing(`secret "${name}" not found`);
    const origin = `Secret ${namespace}/${name}`;
    return Object.entries(object?.data ?? {}).map(([key, value]) => ({
      name: prefix + key,
      value: decoded(value),
      sensitive: true,
      origin,
    }));
  }
  return [];
}

async function fromEntry(
  { name, value = "", valueFrom }: EnvVar,
  sources: EnvironmentSources & { readonly before: ReadonlyMap<string, Variable> },
): Promise<Variable | undefined> {
  if (!valueFrom) return expanded(name, value, sources.before);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef)
    return { name, value: fieldReference(sources.pod, fieldRef.fieldPath, sources.addresses), sensitive: false };
  if (resourceFieldRef)
    return { name, value: resourceReference(sources, resourceFieldRef, sources.allocatable), sensitive: false };
  if (configMapKeyRef?.name) {
    const object = await sources.configMap(configMapKeyRef.name);
    const found = keyOf(object?.data, {
      kind: "ConfigMap",
      namespace: sources.pod.metadata.namespace,
      exists: object !== undefined,
      ...configMapKeyRef,
      name: configMapKeyRef.name,
    });
    return found === undefined ? undefined : { name, value: found, sensitive: false };
  }
  if (secretKeyRef?.name) {
    const object = await sources.secret(secretKeyRef.name);
    const found = keyOf(object?.data, {
      kind: "Secret",
      namespace: sources.pod.metadata.namespace,
      exists: object !== undefined,
      ...secretKeyRef,
      name: secretKeyRef.name,
    });
    return found === undefined ? undefined : { name, value: decoded(found), sensitive: true };
  }
  throw new ProviderError(
    "Unsupported",
    `The source of the environment variable "${name}" (${Object.keys(valueFrom).join(", ")}) is not supported`,
  );
}

/** A value that mentions a sensitive variable is sensitive itself. */
function expanded(name: string, value: string, before: ReadonlyMap<string, Variable>): Variable {
  let sensitive = false;
  const text = expandVariables(value, (mentioned) => {
    const variable = before.get(mentioned);
    sensitive ||= variable?.sensitive ?? false;
    return variable?.value;
  });
  return { name, value: text, sensitive };
}

interface KeyReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
  readonly exists: boolean;
}

/** The value of a key, in kubelet's words when there is none. */
function keyOf(
  data: Readonly<Record<string, string>> | undefined,
  { kind, namespace, name, key, optional, exists }: KeyReference,
): string | undefined {
  const value = data?.[key];
  if (value !== undefined || optional) return value;
  throw missing(
    exists ? `couldn't find key ${key} in ${kind} ${namespace}/${name}` : `${kind.toLowerCase()} "${name}" not found`,
  );
}

function missing(message: string): ProviderError {
  return new ProviderError("ConfigMissing", message);
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (`IsRelaxedEnvVarName`) */
function isVariableName(name: string): boolean {
  return /^[ -<>-~]+$/.test(name);
}
