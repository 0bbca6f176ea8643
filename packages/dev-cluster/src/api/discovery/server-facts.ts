import type { ApiAnswer, ApiRequest } from "../request.ts";

/** The Kubernetes version whose behaviour this server follows. */
export const kubernetesVersion = "v1.36.0";

/** `/version`. */
export function serverVersion(): ApiAnswer {
  const version = {
    major: "1",
    minor: "36",
    gitVersion: `${kubernetesVersion}+dev-cluster`,
    gitCommit: "",
    gitTreeState: "",
    buildDate: "1970-01-01T00:00:00Z",
  };
  return { body: { ...version, goVersion: "", compiler: "", platform: `${process.platform}/${process.arch}` } };
}

/** `kubectl auth whoami`. */
export function whoAmI(request: ApiRequest): ApiAnswer {
  const userInfo = { username: request.user.name, groups: request.user.groups };
  return {
    code: 201,
    body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, status: { userInfo } },
  };
}
