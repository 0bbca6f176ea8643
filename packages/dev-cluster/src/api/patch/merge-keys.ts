/**
 * How the lists of the served kinds are merged, by the name of their field: the `patchMergeKey` tags of `k8s.io/api`. Lists that are not named
 * here (tolerations, command, envFrom, taints, …) are replaced as a whole.
 */
const keyOfField: ReadonlyMap<string, string> = new Map([
  ["conditions", "type"],
  ["addresses", "type"],
  ["containers", "name"],
  ["initContainers", "name"],
  ["ephemeralContainers", "name"],
  ["env", "name"],
  ["volumes", "name"],
  ["volumeMounts", "mountPath"],
  ["volumeDevices", "devicePath"],
  ["imagePullSecrets", "name"],
  ["secrets", "name"],
  ["hostAliases", "ip"],
  ["podIPs", "ip"],
  ["hostIPs", "ip"],
  ["resourceClaims", "name"],
  ["schedulingGates", "name"],
  ["topologySpreadConstraints", "topologyKey"],
  ["ownerReferences", "uid"],
]);

/** The key by which the objects of a list are told apart; undefined when the list is replaced. `path` is made of field names only. */
export function mergeKeyOf(path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? "";
  if (field === "ports")
    return path.some((name) => name.toLowerCase().endsWith("containers")) ? "containerPort" : "port";
  return keyOfField.get(field);
}

/** Whether a list of plain values is merged as a set. */
export function isMergedSet(path: readonly string[]): boolean {
  return path.join(".") === "metadata.finalizers";
}
