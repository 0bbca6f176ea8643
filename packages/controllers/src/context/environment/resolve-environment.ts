import type { EnvFromSource } from "@virtual-kubelet/kubernetes";
import type { Variable } from "@virtual-kubelet/provider";
import { objectOf, wholeObject } from "./env-from.ts";
import { variableOf } from "./env-entry.ts";
import type { EnvironmentSources } from "./environment-sources.ts";
import { ReferencedObjects } from "./referenced-objects.ts";
import { serviceVariables } from "./service-variables.ts";
import { VariableSet } from "./variable-set.ts";

export interface ResolvedEnvironment {
  readonly variables: readonly Variable[];
  /** For each ConfigMap and Secret of which something was left out, kubelet's sentence that says so. */
  readonly skipped: readonly string[];
}

/**
 * A container's environment: `envFrom` in its order, then `env`, later ones overruling earlier ones, with `$(VAR)` of what
 * came before; then those of services that nothing overruled, which `$(VAR)` knows from the start.
 *
 * @throws ProviderError `ConfigMissing` when something that is not optional is not there, or not known yet; `InvalidInput` for
 * what no kubelet would take; `Unsupported` for what the backend cannot give. None shows what is in a Secret or a file.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`makeEnvironmentVariables`)
 */
export async function resolveEnvironment(sources: EnvironmentSources): Promise<ResolvedEnvironment> {
  const { pod, container, apiServer } = sources;
  const objects = new ReferencedObjects(sources);
  const services = serviceVariables(pod, await sources.services(), apiServer);
  const variables = new VariableSet();
  const skipped: string[] = [];
  for (const source of container.envFrom ?? []) {
    const { variables: found, invalidNames } = await wholeObject(source, objects);
    for (const variable of found) variables.set(variable);
    if (invalidNames.length > 0) skipped.push(skippedText(invalidNames, source, pod.metadata.namespace));
  }
  const ofService = (name: string): Variable | undefined => {
    const value = services.get(name);
    return value === undefined ? undefined : { name, value, sensitive: false };
  };
  const known = (name: string): Variable | undefined => variables.get(name) ?? ofService(name);
  for (const entry of container.env ?? []) {
    const variable = await variableOf(entry, { ...sources, objects, known });
    if (variable) variables.set(variable);
  }
  for (const [name, value] of services) {
    if (!variables.has(name)) variables.set({ name, value, sensitive: false });
  }
  return { variables: variables.toArray(), skipped };
}

/** As kubelets said it that looked at names themselves. */
function skippedText(names: readonly string[], source: EnvFromSource, namespace: string): string {
  const { kind, name } = objectOf(source) ?? {};
  const what = kind === "Secret" ? "secret" : "configMap";
  return `Keys [${names.join(", ")}] from the EnvFrom ${what} ${namespace}/${name} were skipped since they are considered invalid environment variable names.`;
}
