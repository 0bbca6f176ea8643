/** One case of Kubernetes' end-to-end tests. */
export interface SuiteCase {
  /** Its whole name, with the texts around it and its labels, as `--ginkgo.focus` matches it. */
  readonly name: string;
  /** `[sig-node] ConfigMap` */
  readonly area: string;
}
