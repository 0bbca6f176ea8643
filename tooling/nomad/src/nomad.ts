import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Component, PortBlock } from "@virtual-kubelet/control-plane";
import { endLeftovers } from "./leftovers.ts";
import type { NomadClient } from "./nomad-client.ts";

export interface NomadParts {
  readonly agent: Component;
  readonly client: NomadClient;
  readonly block: PortBlock;
  readonly folder: string;
  readonly drivers: readonly string[];
}

export interface NomadToken {
  readonly name: string;
  /** Its rights, in Nomad's language. */
  readonly policy: string;
}

interface Allocation {
  readonly JobID: string;
  readonly ClientStatus: string;
}

const endLimitMs = 30_000;

/** An unmodified Nomad of this host, server and client in one process. */
export class Nomad implements AsyncDisposable {
  /** Its process: it may be stopped, killed, paused, and started again with what it knew. Its tasks run on. */
  readonly agent: Component;
  /** Of an administrator. */
  readonly client: NomadClient;
  readonly folder: string;
  /** Those that are healthy. */
  readonly drivers: readonly string[];
  readonly #block: PortBlock;

  constructor({ agent, client, block, folder, drivers }: NomadParts) {
    this.agent = agent;
    this.client = client;
    this.folder = folder;
    this.drivers = drivers;
    this.#block = block;
  }

  get address(): string {
    return this.client.url;
  }

  /** Of an administrator, where ACLs are on. */
  get managementToken(): string | undefined {
    return this.client.token;
  }

  /** A token that may do what the policy says, and nothing else. */
  async createToken({ name, policy }: NomadToken): Promise<string> {
    await this.client.get({ method: "PUT", path: `/v1/acl/policy/${name}`, body: { Name: name, Rules: policy } });
    const body = { Name: name, Type: "client", Policies: [name] };
    const token = await this.client.get<{ readonly SecretID: string }>({ method: "PUT", path: "/v1/acl/token", body });
    return token.SecretID;
  }

  /** Ends all jobs; resolves when their tasks have ended. */
  async stopJobs(): Promise<void> {
    const jobs = await this.client.get<readonly { readonly ID: string; readonly Namespace: string }[]>({
      path: "/v1/jobs?namespace=*",
    });
    for (const { ID, Namespace } of jobs) {
      const path = `/v1/job/${encodeURIComponent(ID)}?purge=true&namespace=${encodeURIComponent(Namespace)}`;
      await this.client.get({ method: "DELETE", path });
    }
    const limit = AbortSignal.timeout(endLimitMs);
    while ((await this.#living()).length > 0) await delay(100, undefined, { signal: limit });
  }

  async #living(): Promise<readonly Allocation[]> {
    const allocations = await this.client.get<readonly Allocation[]>({ path: "/v1/allocations?namespace=*" });
    return allocations.filter(({ ClientStatus }) => ClientStatus === "pending" || ClientStatus === "running");
  }

  /** Its tasks end with it, in peace where it can still tell them to. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.resume();
    if (this.agent.pid !== undefined) await this.stopJobs().catch(() => {});
    await this.agent[Symbol.asyncDispose]();
    await endLeftovers(this.folder);
    await this.client[Symbol.asyncDispose]();
    await this.#block[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
