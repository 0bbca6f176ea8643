import { createPublicKey, type KeyObject } from "node:crypto";
import { certificateFor } from "../../src/certificates/issue-certificate.ts";
import { type Connection, issueCertificate, type KeyPairPem } from "../../src/index.ts";
import { type Exchange, FakeApiServer } from "../fake-api-server.ts";

const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const prefix = "system:node:";

/** What becomes of a request by itself. */
export type SigningPolicy = "sign" | "wait" | "deny" | "fail" | "forget";

interface SigningRequest {
  readonly name: string;
  /** Whoever made it: a token, or a certificate's common name. */
  readonly requester: string;
  readonly publicKey: KeyObject;
  readonly expirationSeconds: number | undefined;
  status: { certificate?: string; conditions?: readonly object[] };
}

/** An API server that knows nothing but certificate signing requests, and a node's own object behind a certificate. */
export class SigningServer implements AsyncDisposable {
  policy: SigningPolicy = "sign";
  tokens: ReadonlySet<string> = new Set(["good"]);
  /** Certificates of these authorities' own are let in; others are not known. */
  trusts = true;
  validForMs = 3_600_000;
  notBeforeMs = 0;
  signedFor: string | undefined;
  /** For a serving certificate. */
  signedNames: { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } | undefined;
  /** Instead of the one in the request. */
  signedKey: KeyObject | undefined;
  readonly requests = new Map<string, SigningRequest>();
  /** Every request, as `POST name by token`. */
  readonly log: string[] = [];
  readonly #server: FakeApiServer;
  readonly #authority: KeyPairPem;
  readonly #watches = new Map<string, Set<Exchange>>();
  #version = 1;

  private constructor(server: FakeApiServer, authority: KeyPairPem) {
    this.#server = server;
    this.#authority = authority;
    server.answerAll((exchange) => this.#answer(exchange));
  }

  static async start(): Promise<SigningServer> {
    const authority = issueCertificate({ commonName: "ca", certificateAuthority: true });
    const serving = issueCertificate({
      commonName: "server",
      ipAddresses: ["127.0.0.1"],
      usages: ["serverAuth"],
      issuer: authority,
    });
    const { certificate: cert, key } = serving;
    const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
    return new SigningServer(await FakeApiServer.start(tls), authority);
  }

  get url(): string {
    return this.#server.url;
  }

  get authority(): KeyPairPem {
    return this.#authority;
  }

  bootstrap(token = "good"): Connection {
    return { server: this.url, credentials: () => ({ token, ca: this.#authority.certificate }) };
  }

  /** Who made the requests for certificates, in order. */
  get requesters(): string[] {
    return [...this.requests.values()].map(({ requester }) => requester);
  }

  sign(name: string): void {
    const request = this.requests.get(name);
    if (!request) throw new Error(`no request ${name}`);
    const notBefore = new Date(Date.now() + this.notBeforeMs);
    const certificate = certificateFor(this.signedKey ?? request.publicKey, {
      commonName: `${prefix}${this.signedFor ?? "n"}`,
      organizations: ["system:nodes"],
      usages: this.signedNames ? ["serverAuth"] : ["clientAuth"],
      ...this.signedNames,
      issuer: this.#authority,
      notBefore,
      validForMs: this.validForMs - this.notBeforeMs,
    });
    this.#settle(request, {
      certificate: Buffer.from(certificate).toString("base64"),
      conditions: [{ type: "Approved", status: "True" }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  #settle(request: SigningRequest, status: SigningRequest["status"]): void {
    request.status = status;
    this.#version++;
    for (const watch of this.#watches.get(request.name) ?? []) watch.event("MODIFIED", this.#objectOf(request));
  }

  #answer(exchange: Exchange): void {
    const requester = this.#requesterOf(exchange);
    if (requester === undefined) return exchange.status(401, "Unauthorized");
    if (exchange.path !== path) return exchange.json({ metadata: { name: exchange.path, uid: requester } });
    if (exchange.method === "POST") this.#create(exchange, requester);
    else this.#watch(exchange, requester);
  }

  #requesterOf({ headers, peerName }: Exchange): string | undefined {
    if (peerName.startsWith(prefix)) return this.trusts ? peerName : undefined;
    const token = headers.authorization?.replace("Bearer ", "");
    return token !== undefined && this.tokens.has(token) ? token : undefined;
  }

  #create(exchange: Exchange, requester: string): void {
    const { metadata, spec } = JSON.parse(exchange.body);
    const { name } = metadata;
    this.log.push(`POST ${name} by ${requester}`);
    if (this.requests.has(name)) return exchange.status(409, "AlreadyExists");
    const { expirationSeconds } = spec;
    const publicKey = publicKeyOf(Buffer.from(spec.request, "base64").toString("utf8"));
    const request: SigningRequest = { name, requester, publicKey, expirationSeconds, status: {} };
    this.requests.set(name, request);
    this.#version++;
    exchange.json(this.#objectOf(request), 201);
    const [type, message] = this.policy === "deny" ? ["Denied", "not on my watch"] : ["Failed", "no such signer"];
    if (this.policy === "sign") this.sign(name);
    if (this.policy === "deny" || this.policy === "fail")
      this.#settle(request, { conditions: [{ type, message, status: "True" }] });
    if (this.policy === "forget") this.requests.delete(name);
  }

  #watch(exchange: Exchange, requester: string): void {
    const name = exchange.query["fieldSelector"]?.replace("metadata.name=", "") ?? "";
    this.log.push(`WATCH ${name} by ${requester}`);
    const request = this.requests.get(name);
    if (request) exchange.event("ADDED", this.#objectOf(request));
    exchange.listed(String(this.#version));
    const watches = this.#watches.get(name) ?? new Set();
    this.#watches.set(name, watches.add(exchange));
    void exchange.closed.then(() => watches.delete(exchange));
  }

  #objectOf({ name, status }: SigningRequest): object {
    return { metadata: { name, uid: name, resourceVersion: String(this.#version) }, spec: {}, status };
  }
}

/** The third part of a request's body, after version and name. */
function publicKeyOf(request: string): KeyObject {
  const der = Buffer.from(request.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const marker = der.indexOf(Buffer.from("301306072a8648ce3d0201", "hex"));
  return createPublicKey({ key: der.subarray(marker - 2, marker - 2 + 91), format: "der", type: "spki" });
}
