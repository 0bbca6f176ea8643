/** Where the code of programs is: in the modules of a Kubernetes release, or in a module with releases of its own. */
export type Origin = "kubernetes" | { readonly name: string; readonly module: string; readonly release: string };

interface BuiltProgram {
  /** The Go package. */
  readonly package: string;
  readonly from: Origin;
  /** How it is called in the cache, when not for its key here. */
  readonly file?: string;
}

function ofKubernetes(name: string): BuiltProgram {
  return { package: name, from: "kubernetes" };
}

/** The programs that can be built. */
export const programs = {
  "kube-apiserver": ofKubernetes("k8s.io/kubernetes/cmd/kube-apiserver"),
  "kube-controller-manager": ofKubernetes("k8s.io/kubernetes/cmd/kube-controller-manager"),
  "kube-scheduler": ofKubernetes("k8s.io/kubernetes/cmd/kube-scheduler"),
  // At the version that the release's own client has.
  etcd: ofKubernetes("go.etcd.io/etcd/server/v3"),
  /** Kubernetes' own end-to-end tests, conformance among them. */
  "e2e.test": ofKubernetes("k8s.io/kubernetes/test/e2e"),
  /** The program that those tests run in their pods. */
  agnhost: {
    ...ofKubernetes("k8s.io/kubernetes/test/images/agnhost"),
    // Caches may have one by its plain name that needs libraries, which the root directory of a container does not have.
    file: "agnhost.static",
  },
  /** What runs those tests beside each other, at the version that they are written for. */
  ginkgo: ofKubernetes("github.com/onsi/ginkgo/v2/ginkgo"),
  /** What `kubectl top` and autoscalers ask, and which asks the nodes. One release for all of Kubernetes. */
  "metrics-server": {
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    from: { name: "metrics-server", module: "sigs.k8s.io/metrics-server", release: "0.9.0" },
  },
} as const satisfies Readonly<Record<string, BuiltProgram>>;

export type Program = keyof typeof programs;

/** How a program is called in the cache. */
export function fileName(name: Program): string {
  const { file = name }: BuiltProgram = programs[name];
  return file;
}

/** What a cluster is made of. */
export const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export type ControlPlaneProgram = (typeof controlPlanePrograms)[number];
