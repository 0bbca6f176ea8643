/** A kubeconfig of one cluster and one user, each with the fields that a kubeconfig has for it. JSON, which is YAML too. */
export function kubeconfigText({ cluster, user }: { readonly cluster: object; readonly user: object }): string {
  const name = "control-plane";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  });
}
