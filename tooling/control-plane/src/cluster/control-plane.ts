import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Connection, IssueCertificateOptions, KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { ControlPlaneProgram } from "../programs/programs.ts";
import { type AuditEvent, auditEvents, auditPolicyText } from "./audit-log.ts";
import { Component } from "./component.ts";
import { compactEtcd } from "./etcd-maintenance.ts";
import { answersOk, servesCertificate } from "./health.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { auditLog, auditPolicy, etcdUrl, kubeconfigFile, type Layout, logFile, serverUrl } from "./layout.ts";
import { Pki } from "./pki.ts";
import type { PortBlock } from "./port-block.ts";
import { programFlags } from "./program-flags.ts";

export interface ControlPlaneOptions {
  readonly release: string;
  readonly programs: Readonly<Record<ControlPlaneProgram, string>>;
  /** It ends with the control plane. */
  readonly block: PortBlock;
  readonly layout: Omit<Layout, "pki">;
  readonly flags: Partial<Readonly<Record<ControlPlaneProgram, Readonly<Record<string, string>>>>>;
}

/** Whom a client certificate is for. */
export type ClientCertificateOptions = Pick<
  IssueCertificateOptions,
  "commonName" | "organizations" | "validForMs" | "notBefore"
>;

const admin: ClientCertificateOptions = { commonName: "admin", organizations: ["system:masters"] };

/** A real Kubernetes control plane of this host. What it holds is gone when it is disposed of. */
export class ControlPlane implements AsyncDisposable {
  /** `1.37.2` */
  readonly release: string;
  /** Where its files are. */
  readonly folder: string;
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  readonly etcd: Component;
  readonly apiServer: Component;
  readonly scheduler: Component;
  readonly controllerManager: Component;
  readonly #layout: Layout;
  readonly #pki: Pki;
  readonly #block: PortBlock;

  constructor({ release, programs, block, layout, flags }: ControlPlaneOptions) {
    this.release = release;
    this.folder = layout.folder;
    this.#block = block;
    this.#pki = new Pki(layout);
    this.#layout = { ...layout, pki: this.#pki.files };
    this.server = serverUrl(this.#layout);
    writeFileSync(auditPolicy(this.#layout), auditPolicyText);
    for (const user of ["kube-scheduler", "kube-controller-manager"] as const) {
      this.#writeKubeconfig(user, { commonName: `system:${user}` });
    }
    this.#writeKubeconfig("admin", admin);
    const component = (name: ControlPlaneProgram): Component =>
      new Component({
        name,
        program: programs[name],
        args: programFlags(name, this.#layout, flags[name]),
        logFile: logFile(this.#layout, name),
        isReady: (signal) => answersOk(this.#healthUrl(name), { signal, ca: this.#pki.authorities }),
      });
    this.etcd = component("etcd");
    this.apiServer = component("kube-apiserver");
    this.scheduler = component("kube-scheduler");
    this.controllerManager = component("kube-controller-manager");
  }

  /** A kubeconfig of `admin` in `system:masters`: its path. */
  get kubeconfig(): string {
    return kubeconfigFile(this.#layout, "admin");
  }

  /** The same for a client in this process. */
  get admin(): Connection {
    return this.connection(admin);
  }

  /** What clients trust: the path of a PEM file with one authority, or two while that changes. */
  get authoritiesFile(): string {
    return this.#layout.pki.authorities;
  }

  /** Starts all of it, or what of it does not run. */
  async start({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const call = signal ? { signal } : {};
    await this.etcd.start(call);
    await this.apiServer.start(call);
    await Promise.all([this.scheduler.start(call), this.controllerManager.start(call)]);
  }

  issueClientCertificate(options: ClientCertificateOptions): KeyPairPem {
    return this.#pki.clientCertificate(options);
  }

  /** A client in this process that is somebody, by a certificate. */
  connection(identity: ClientCertificateOptions): Connection {
    const { certificate: cert, key } = this.issueClientCertificate(identity);
    return {
      server: this.server,
      namespace: "default",
      credentials: () => ({ ca: this.#pki.authorities, cert, key }),
    };
  }

  /** A kubeconfig file for somebody, by a certificate: its path. */
  kubeconfigOf(name: string, { clientCertificate }: { readonly clientCertificate: KeyPairPem }): string {
    const path = kubeconfigFile(this.#layout, name);
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const user = {
      "client-certificate-data": base64(clientCertificate.certificate),
      "client-key-data": base64(clientCertificate.key),
    };
    // A file, which every program that starts reads anew.
    const cluster = { server: this.server, "certificate-authority": this.authoritiesFile };
    writeFileSync(path, kubeconfigText({ cluster, user }), { mode: 0o600 });
    return path;
  }

  /**
   * Forgets every version but the newest: pages and watches from an earlier one get 410, once the API server has started anew
   * and with it the cache from which it serves the recent past.
   */
  async compactEtcd(): Promise<void> {
    await compactEtcd(etcdUrl(this.#layout));
  }

  /**
   * Gives the API server another certificate while it runs, and resolves when it uses it. From a new authority: clients that
   * read `authoritiesFile` again trust both, until `forgetOldAuthorities`; scheduler and controller manager start anew.
   */
  async rotateServingCertificate({ authority }: { readonly authority: "same" | "new" }): Promise<void> {
    this.#pki.renewServing({ newAuthority: authority === "new" });
    await servesCertificate(this.server, this.#layout.pki.serving);
    if (authority === "same") return;
    await Promise.all([this.scheduler.stop(), this.controllerManager.stop()]);
    await Promise.all([this.scheduler.start(), this.controllerManager.start()]);
  }

  forgetOldAuthorities(): void {
    this.#pki.forgetOldAuthorities();
  }

  /** What the API server has answered so far, to whom. */
  auditEvents(): Promise<AuditEvent[]> {
    return auditEvents(auditLog(this.#layout));
  }

  /** Those of its programs that run. */
  get running(): readonly Component[] {
    return this.#components.filter(({ pid }) => pid !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What works through the API server ends first, and the API server before what it stores in.
    await Promise.all([this.scheduler[Symbol.asyncDispose](), this.controllerManager[Symbol.asyncDispose]()]);
    await this.apiServer[Symbol.asyncDispose]();
    await this.etcd[Symbol.asyncDispose]();
    await this.#block[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #components(): readonly Component[] {
    return [this.etcd, this.apiServer, this.scheduler, this.controllerManager];
  }

  #healthUrl(name: ControlPlaneProgram): string {
    if (name === "etcd") return `${etcdUrl(this.#layout)}/readyz`;
    if (name === "kube-apiserver") return `${this.server}/readyz`;
    return `https://127.0.0.1:${this.#layout.ports[name]}/healthz`;
  }

  #writeKubeconfig(name: string, identity: ClientCertificateOptions): void {
    this.kubeconfigOf(name, { clientCertificate: this.issueClientCertificate(identity) });
  }
}
