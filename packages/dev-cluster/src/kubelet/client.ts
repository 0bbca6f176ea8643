import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { type RequestOptions, request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { type KeyPairPem, type Node, resources } from "@virtual-kubelet/kubernetes";
import { ApiError, notFound } from "../api-error.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { nodeAddress } from "./node-address.ts";

export interface KubeletCall {
  readonly signal: AbortSignal;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** What a kubelet said to a request for an upgrade: an open connection, or why not. */
export type UpgradeAnswer =
  | { readonly upgraded: true; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly upgraded: false; readonly response: IncomingMessage };

const connectTimeoutMs = 10_000;

/** The API server as a client of kubelets. It shows its certificate, and does not verify theirs, as the real one by default. */
export class KubeletClient {
  readonly #storage: ObjectStorage;
  readonly #identity: KeyPairPem;

  constructor(options: { readonly storage: ObjectStorage; readonly identity: KeyPairPem }) {
    this.#storage = options.storage;
    this.#identity = options.identity;
  }

  /** Resolves with the head of the answer; its body is still to be read. A kubelet that cannot be reached is an `ApiError` (500). */
  async get(nodeName: string, path: string, call: KubeletCall): Promise<IncomingMessage> {
    const answer = await this.#send(nodeName, path, call);
    return answer.response;
  }

  /** Asks a kubelet for another protocol on the same connection. */
  upgrade(nodeName: string, path: string, call: KubeletCall): Promise<UpgradeAnswer> {
    return this.#send(nodeName, path, call);
  }

  #send(nodeName: string, path: string, call: KubeletCall): Promise<UpgradeAnswer> {
    const options = this.#requestOptions(nodeName, path, call);
    return new Promise((resolve, reject) => {
      const request = httpsRequest(options);
      const fail = (error: Error): void =>
        reject(new ApiError("", `error dialing backend: ${dialText(options, error)}`));
      const timer = setTimeout(() => request.destroy(new Error("i/o timeout")), connectTimeoutMs);
      request.once("socket", (socket) => socket.once("secureConnect", () => clearTimeout(timer)));
      request.once("close", () => clearTimeout(timer));
      request.once("error", fail);
      request.once("response", (response) => resolve({ upgraded: false, response }));
      request.once("upgrade", (response, socket, head) => resolve({ upgraded: true, response, socket, head }));
      request.end();
    });
  }

  #requestOptions(
    nodeName: string,
    path: string,
    { signal, method = "GET", headers = {} }: KubeletCall,
  ): RequestOptions {
    const { host, port } = addressOf(this.#storage, nodeName);
    const { certificate, key } = this.#identity;
    return {
      host,
      port,
      path,
      method,
      headers,
      signal,
      cert: certificate,
      key,
      rejectUnauthorized: false,
      agent: false,
    };
  }
}

function addressOf(storage: ObjectStorage, nodeName: string): { readonly host: string; readonly port: number } {
  const node: Node | undefined = storage.get(resources.nodes, { name: nodeName });
  if (!node) throw notFound(resources.nodes, nodeName);
  const address = nodeAddress(node);
  if (!address)
    throw new ApiError(
      "",
      `no preferred addresses found; known addresses: ${JSON.stringify(node.status?.addresses ?? [])}`,
    );
  return address;
}

/** As Go words it: `dial tcp 127.0.0.1:1: connect: connection refused`. */
function dialText({ host, port }: RequestOptions, error: NodeJS.ErrnoException): string {
  const why = error.code === "ECONNREFUSED" ? "connect: connection refused" : error.message;
  return `dial tcp ${host}:${port}: ${why}`;
}
