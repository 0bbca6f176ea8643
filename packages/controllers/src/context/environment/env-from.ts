import type { EnvFromSource } from "@virtual-kubelet/kubernetes";
import type { Variable } from "@virtual-kubelet/provider";
import type { ObjectReference, ReferencedObjects } from "./referenced-objects.ts";

export interface WholeObject {
  readonly variables: readonly Variable[];
  /** Keys that no variable can be named, with the prefix; sorted. */
  readonly invalidNames: readonly string[];
}

/** All of a ConfigMap or a Secret as variables; `binaryData` is none. Throws `ConfigMissing` when it has to be there and is not. */
export async function wholeObject(source: EnvFromSource, objects: ReferencedObjects): Promise<WholeObject> {
  const reference = objectOf(source);
  const object = reference && (await objects.find(reference));
  if (!object) return { variables: [], invalidNames: [] };
  const { prefix = "" } = source;
  const sensitive = reference.kind === "Secret";
  const isValid = (key: string) => isVariableName(prefix + key);
  return {
    variables: object
      .keys()
      .filter(isValid)
      .map((key) => ({ name: prefix + key, value: object.value(key) ?? "", sensitive })),
    invalidNames: object
      .keys()
      .filter((key) => !isValid(key))
      .map((key) => prefix + key),
  };
}

export function objectOf({ configMapRef, secretRef }: EnvFromSource): ObjectReference | undefined {
  if (configMapRef) return { kind: "ConfigMap", ...configMapRef };
  return secretRef && { kind: "Secret", ...secretRef };
}

/**
 * API servers let no other names pass today; kubelets up to Kubernetes 1.29 looked themselves.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (`IsRelaxedEnvVarName`)
 */
function isVariableName(name: string): boolean {
  return /^[ -<>-~]+$/.test(name);
}
