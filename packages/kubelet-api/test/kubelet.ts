import { once } from "node:events";
import { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import type { KeyPairPem, Status } from "@virtual-kubelet/kubernetes";
import { WebSocket } from "ws";
import type { Logger } from "@virtual-kubelet/provider";
import { KubeletApi } from "../src/index.ts";
import type { AccessReviews, KubeletApiOptions } from "../src/index.ts";
import { HostProvider, podSource, web } from "./host-provider.ts";

const authority = issueCertificate({ commonName: "cluster", certificateAuthority: true });
const serving = issueCertificate({ commonName: "edge-1", dnsNames: ["localhost"], usages: ["serverAuth"] });

/** A cluster without tokens, in which those who are known may do everything. */
export const lenient: AccessReviews = { reviewToken: async () => undefined, reviewAccess: async () => true };

/** Signed by the cluster's authority. */
export const apiServer: KeyPairPem = clientCertificate({ issuer: authority });

export function clientCertificate(options: Partial<Parameters<typeof issueCertificate>[0]>): KeyPairPem {
  const issuer = options.issuer ?? authority;
  return issueCertificate({
    commonName: "kube-apiserver-kubelet-client",
    organizations: ["system:masters"],
    usages: ["clientAuth"],
    ...options,
    issuer,
  });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** What a refusal says: a Status's message, or else the body. */
  readonly message: string;
  readonly headers: IncomingMessage["headers"];
}

/** A running server, and a client of it. */
export class Kubelet implements AsyncDisposable {
  readonly port: number;
  /** Every line logged at level info and above. */
  readonly lines: readonly Record<string, unknown>[];
  readonly #api: KubeletApi;

  private constructor(api: KubeletApi, port: number, lines: readonly Record<string, unknown>[]) {
    this.#api = api;
    this.port = port;
    this.lines = lines;
  }

  static async start(options: Partial<KubeletApiOptions> = {}): Promise<Kubelet> {
    const lines: Record<string, unknown>[] = [];
    const api = new KubeletApi({
      provider: new HostProvider(),
      pods: podSource(web),
      nodeName: "edge-1",
      logger: recordingLogger(lines),
      address: "127.0.0.1",
      port: 0,
      certificate: serving,
      clientCertificateAuthority: authority.certificate,
      reviews: lenient,
      ...options,
    });
    const { port } = await api.listen();
    return new Kubelet(api, port, lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  /** Sends a request and gives the answer once its headers are there. */
  async open(
    path: string,
    options: {
      method?: string;
      client?: KeyPairPem | undefined;
      headers?: Record<string, string>;
      localAddress?: string;
      agent?: Agent;
    } = {},
  ): Promise<IncomingMessage> {
    const { client, ...rest } = { client: apiServer, agent: new Agent({ keepAlive: false }), ...options };
    const sent = request({ ...rest, path, ...this.tls(client) });
    sent.end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return answer;
  }

  async get(path: string, options: Parameters<Kubelet["open"]>[1] = {}): Promise<Answer> {
    const answer = await this.open(path, options);
    const body = await text(answer);
    const message = body.startsWith('{"kind":"Status"') ? (JSON.parse(body) as Status).message : undefined;
    return { status: answer.statusCode ?? 0, body, message: message ?? body, headers: answer.headers };
  }

  webSocket(path: string, protocols: readonly string[] = ["v5.channel.k8s.io"]): WebSocket {
    const { host, ...tls } = this.tls(apiServer);
    return new WebSocket(`wss://${host}:${this.port}${path}`, [...protocols], { ...tls, perMessageDeflate: false });
  }

  /** A bare TLS connection, for what no client would send. */
  async socket(options: ConnectionOptions & { client?: KeyPairPem } = {}): Promise<TLSSocket> {
    const { client = apiServer, ...rest } = options;
    const socket = connect({ ...this.tls(client), ...rest });
    await once(socket, "secureConnect");
    return socket;
  }

  tls(client: KeyPairPem | undefined): {
    host: string;
    port: number;
    rejectUnauthorized: false;
    cert?: string;
    key?: string;
  } {
    const identity = client ? { cert: client.certificate, key: client.key } : {};
    return { host: "127.0.0.1", port: this.port, rejectUnauthorized: false, ...identity };
  }
}

function recordingLogger(lines: Record<string, unknown>[]): Logger {
  const record = (fields: object | string, message = ""): void => {
    lines.push(typeof fields === "string" ? { message: fields } : { ...fields, message });
  };
  const logger: Logger = { debug: () => {}, info: record, warn: record, error: record, child: () => logger };
  return logger;
}

/** Waits for what will be true soon. */
export async function eventually(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition();) {
    if (Date.now() > deadline)
      throw new Error(`It did not become true within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
