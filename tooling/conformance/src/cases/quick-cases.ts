/** What continuous integration runs: of each area some, and of those the ones that end soon. Whole names, without labels. */
export const quickCases: readonly string[] = [
  "[sig-auth] ServiceAccounts should mount an API token into pods",
  "[sig-auth] ServiceAccounts should mount projected service account token",
  "[sig-node] ConfigMap should be consumable via the environment",
  "[sig-node] Downward API should provide pod name, namespace and IP address as env vars",
  "[sig-node] Secrets should be consumable from pods in env vars",
  "[sig-node] Variable Expansion should allow substituting values in a container's args",
  "[sig-storage] ConfigMap should be consumable from pods in volume with mappings and Item mode set",
  "[sig-storage] Downward API volume should provide container's memory limit",
  "[sig-storage] EmptyDir volumes should support (non-root,0644,tmpfs)",
  "[sig-storage] EmptyDir wrapper volumes should not conflict",
  "[sig-storage] Projected combined should project all components that make up the projection API",
  "[sig-storage] Projected configMap should be consumable from pods in volume as non-root",
  "[sig-storage] Projected downwardAPI should set DefaultMode on files",
  "[sig-storage] Projected secret should be consumable in multiple volumes in a pod",
  "[sig-storage] Secrets should be consumable from pods in volume as non-root with defaultMode and fsGroup set",
  "[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod",
];
