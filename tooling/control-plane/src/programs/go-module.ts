/**
 * The go.mod of a module that can build the programs of a Kubernetes release: k8s.io/kubernetes itself names its staging modules
 * (`k8s.io/api` and the rest) at v0.0.0 and takes them from its own folders, which other modules do not see; each is published
 * beside it as v0.x.y for Kubernetes 1.x.y.
 *
 * @param release `1.37.2`
 * @param kubernetesModule the text of the go.mod of k8s.io/kubernetes at that release
 */
export function goModule(release: string, kubernetesModule: string): string {
  const staging = release.replace(/^1/, "0");
  const kept = kubernetesModule.split("\n").filter((line) => /^(go|godebug) /.test(line));
  const replaced = [...kubernetesModule.matchAll(/^\s*(\S+) => \.\/staging\//gm)].map(([, name]) => name);
  return [
    "module virtual-kubelet.io/control-plane",
    ...kept,
    `require k8s.io/kubernetes v${release}`,
    ...replaced.map((name) => `replace ${name} => ${name} v${staging}`),
    "",
  ].join("\n");
}
