import { join } from "node:path";
import type { ControlPlaneProgram } from "../programs/programs.ts";
import type { PkiFiles } from "./pki.ts";

/** Where everything of one control plane is. */
export interface Layout {
  readonly folder: string;
  /** An address of this host: where the API server listens. */
  readonly address: string;
  readonly ports: Readonly<Record<ControlPlaneProgram | "etcd-peer", number>>;
  readonly pki: PkiFiles;
}

export function serverUrl({ address, ports }: Layout): string {
  return `https://${address}:${ports["kube-apiserver"]}`;
}

export function etcdUrl({ ports }: Layout): string {
  return `http://127.0.0.1:${ports.etcd}`;
}

export function auditLog({ folder }: Layout): string {
  return join(folder, "audit.log");
}

export function auditPolicy({ folder }: Layout): string {
  return join(folder, "audit-policy.json");
}

export function logFile({ folder }: Layout, program: ControlPlaneProgram): string {
  return join(folder, `${program}.log`);
}

export function kubeconfigFile({ folder }: Layout, user: string): string {
  return join(folder, `${user}.kubeconfig`);
}
