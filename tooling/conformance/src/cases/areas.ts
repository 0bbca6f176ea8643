/**
 * The areas of the suite that are run: what a pod brings along.
 *
 * @see https://github.com/kubernetes/kubernetes/tree/master/test/e2e
 */
export const areas: readonly string[] = [
  "[sig-auth] ServiceAccounts",
  "[sig-node] ConfigMap",
  "[sig-node] Downward API",
  "[sig-node] FileKeyRef",
  "[sig-node] Secrets",
  "[sig-node] Variable Expansion",
  "[sig-storage] ConfigMap",
  "[sig-storage] Downward API",
  "[sig-storage] Downward API volume",
  "[sig-storage] EmptyDir volumes",
  "[sig-storage] EmptyDir wrapper volumes",
  "[sig-storage] Projected combined",
  "[sig-storage] Projected configMap",
  "[sig-storage] Projected downwardAPI",
  "[sig-storage] Projected secret",
  "[sig-storage] Secrets",
  "[sig-storage] Subpath",
];

/** The area that a case belongs to, by the first of the texts around it: `[sig-node] ConfigMap [Feature:X]` is of `[sig-node] ConfigMap`. */
export function areaOf(outermostText: string): string {
  return /^(\[sig-[\w-]+\])?[^[]*/.exec(outermostText)?.[0].trim() ?? outermostText;
}
