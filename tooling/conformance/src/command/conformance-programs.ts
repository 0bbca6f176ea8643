import { controlPlanePrograms } from "@virtual-kubelet/control-plane";

/** All that is built of a release. */
export const conformancePrograms = [...controlPlanePrograms, "e2e.test", "agnhost", "ginkgo"] as const;
