import { releaseOf } from "@virtual-kubelet/control-plane";

/** A cluster that the suite runs against. */
export interface Target {
  /** `embedded`, or the release of a real control plane: `1.37.2`. */
  readonly name: string;
  /** Absent: the embedded cluster. */
  readonly release?: string;
}

/** The environment variable that names the target of a run of vitest. */
export const targetVariable = "VIRTUAL_KUBELET_E2E_TARGET";

export const embedded: Target = { name: "embedded" };

/** The target of that name, or of that version of Kubernetes: `embedded`, `1.37`, `1.36.3`. */
export function targetNamed(name: string): Target {
  if (name === embedded.name) return embedded;
  const release = releaseOf(name);
  return { name: release, release };
}

/** The minor version: 37 for 1.37.2. */
export function minorOf(release: string): number {
  return Number(release.split(".")[1]);
}
