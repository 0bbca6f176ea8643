/** A kubeconfig of one context; JSON is YAML. */
export function kubeconfigText(
  parts: { cluster?: object; user?: object; context?: object; current?: string | undefined } = {},
): string {
  const { cluster = {}, user = {}, context = {}, current = "here" } = parts;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "here", context: { cluster: "c", user: "u", ...context } }],
  });
}
