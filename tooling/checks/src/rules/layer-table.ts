/** What each published package may import or depend on, beside packages that are not of this repository. */
const below: Readonly<Record<string, readonly string[]>> = {
  kubernetes: [],
  provider: ["kubernetes"],
  "pod-toolkit": ["kubernetes", "provider"],
  "pod-engine": ["kubernetes", "provider", "pod-toolkit", "provider-testkit"],
  "provider-testkit": ["kubernetes", "provider", "pod-toolkit"],
  "dev-cluster": ["kubernetes"],
  controllers: ["kubernetes", "provider"],
  "kubelet-api": ["kubernetes", "provider"],
  metrics: ["kubernetes", "provider"],
  "virtual-kubelet": ["kubernetes", "provider", "controllers", "kubelet-api", "metrics"],
  "provider-*": ["kubernetes", "provider", "pod-toolkit", "pod-engine", "provider-testkit"],
  "create-provider": [],
  "apps/*": ["kubernetes", "provider", "pod-toolkit", "provider-testkit", "metrics", "virtual-kubelet"],
};

/** Whether a folder holds a provider: a package that nothing but its user names. */
export function isProvider(folder: string): boolean {
  return folder.startsWith("packages/provider-") && folder !== "packages/provider-testkit";
}

/** Whether the package in `folder` may know the one in `target`. Tools and examples are not published and may know all of them. */
export function mayUse(folder: string, target: string): boolean {
  if (folder === target) return true;
  if (isUnpublished(folder)) return !target.startsWith("examples/");
  return below[rowOf(folder)]?.some((name) => target === `packages/${name}`) ?? false;
}

export function hasLayer(folder: string): boolean {
  return isUnpublished(folder) || below[rowOf(folder)] !== undefined;
}

function isUnpublished(folder: string): boolean {
  return folder.startsWith("tooling/") || folder.startsWith("examples/");
}

function rowOf(folder: string): string {
  if (folder.startsWith("apps/")) return "apps/*";
  return isProvider(folder) ? "provider-*" : folder.replace(/^packages\//, "");
}
