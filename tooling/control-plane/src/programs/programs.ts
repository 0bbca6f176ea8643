/** The programs that can be built, each a Go package of Kubernetes or of what it requires. */
export const programs = {
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  // At the version that the release's own client has.
  etcd: "go.etcd.io/etcd/server/v3",
  /** Kubernetes' own end-to-end tests, conformance among them. */
  "e2e.test": "k8s.io/kubernetes/test/e2e",
  /** The program that those tests run in their pods. */
  agnhost: "k8s.io/kubernetes/test/images/agnhost",
} as const;

export type Program = keyof typeof programs;

/** What a cluster is made of. */
export const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export type ControlPlaneProgram = (typeof controlPlanePrograms)[number];
