import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificate, type KeyPairPem } from "@virtual-kubelet/kubernetes";
import { Component } from "../cluster/component.ts";
import { answersOk } from "../cluster/health.ts";
import { PortBlock } from "../cluster/port-block.ts";
import { dnsName, name, type Place } from "./metrics-server-objects.ts";

interface Parts {
  readonly folder: string;
  readonly block: PortBlock;
  readonly place: Place;
  readonly component: Component;
}

export interface MetricsServerLayout {
  readonly program: string;
  /** Where it listens. */
  readonly address: string;
  /** Whose signature it wants on the certificates of nodes, PEM. Absent: it takes any certificate. */
  readonly kubeletAuthorityFile?: string | undefined;
}

/** An unmodified metrics-server of this host, beside a control plane that it ends before. */
export class MetricsServer implements AsyncDisposable {
  readonly component: Component;
  readonly place: Place;
  readonly #folder: string;
  readonly #block: PortBlock;

  private constructor({ component, place, folder, block }: Parts) {
    this.component = component;
    this.place = place;
    this.#folder = folder;
    this.#block = block;
  }

  /** One that does not run yet: it needs its kubeconfig first. */
  static async create({ program, address, kubeletAuthorityFile }: MetricsServerLayout): Promise<MetricsServer> {
    const folder = await mkdtemp(join(tmpdir(), "virtual-kubelet-metrics-server-"));
    const block = await PortBlock.reserve(1);
    const [port = 0] = block.ports;
    const { authority, serving } = certificates(address);
    await writeFile(join(folder, "serving.key"), serving.key, { mode: 0o600 });
    await writeFile(join(folder, "serving.crt"), serving.certificate);
    const component = new Component({
      name,
      program,
      args: flags({ folder, place: { address, port, authority }, kubeletAuthorityFile }),
      logFile: join(folder, "log"),
      isReady: (signal) => answersOk(`https://${address}:${port}/livez`, { signal, ca: authority }),
    });
    return new MetricsServer({ component, place: { address, port, authority }, folder, block });
  }

  /** Who it is to the API server, and to the nodes. */
  async writeKubeconfig(text: string): Promise<void> {
    await writeFile(join(this.#folder, "kubeconfig"), text, { mode: 0o600 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.component[Symbol.asyncDispose]();
    await this.#block[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function certificates(address: string): { readonly authority: string; readonly serving: KeyPairPem } {
  const issuer = issueCertificate({ commonName: `${name}-authority`, certificateAuthority: true });
  const names = { dnsNames: [dnsName], ipAddresses: [address] };
  const serving = issueCertificate({ commonName: name, ...names, usages: ["serverAuth"], issuer });
  return { authority: issuer.certificate, serving };
}

interface FlagOptions {
  readonly folder: string;
  readonly place: Place;
  readonly kubeletAuthorityFile: string | undefined;
}

function flags({ folder, place: { address, port }, kubeletAuthorityFile }: FlagOptions): string[] {
  const kubeconfig = join(folder, "kubeconfig");
  const trust: Record<string, string> =
    kubeletAuthorityFile === undefined
      ? { "kubelet-insecure-tls": "true" }
      : { "kubelet-certificate-authority": kubeletAuthorityFile };
  const values = {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": address,
    "secure-port": String(port),
    "tls-cert-file": join(folder, "serving.crt"),
    "tls-private-key-file": join(folder, "serving.key"),
    "kubelet-use-node-status-port": "true",
    "kubelet-preferred-address-types": "InternalIP",
    // The most often that it can: a number is of the time between two looks at a node. A look may take nine tenths of that at most.
    "metric-resolution": "10s",
    "kubelet-request-timeout": "9s",
    ...trust,
  };
  return Object.entries(values).map(([flag, value]) => `--${flag}=${value}`);
}
