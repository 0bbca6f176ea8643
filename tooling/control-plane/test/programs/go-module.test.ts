import { expect, test } from "vitest";
import { goModule } from "../../src/programs/go-module.ts";

const kubernetesModule = `module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	k8s.io/api v0.0.0
	k8s.io/klog/v2 v2.140.0
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/client-go => ./staging/src/k8s.io/client-go
)
`;

test("each staging module is taken at the version that belongs to the release, and Go's settings are kept", () => {
  expect(goModule("1.36.3", kubernetesModule).split("\n")).toEqual([
    "module virtual-kubelet.io/control-plane",
    "go 1.26.0",
    "godebug default=go1.26",
    "require k8s.io/kubernetes v1.36.3",
    "replace k8s.io/api => k8s.io/api v0.36.3",
    "replace k8s.io/client-go => k8s.io/client-go v0.36.3",
    "",
  ]);
});
