import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import {
  KubernetesClient,
  type SubjectAccessReview,
  type TokenReview,
  type UserInfo,
  issueCertificate,
} from "@virtual-kubelet/kubernetes";
import { type AccessReviews, clusterReviews } from "../../src/index.ts";

const authority = issueCertificate({ commonName: "reviewers", certificateAuthority: true });
const serving = issueCertificate({ commonName: "reviewer", ipAddresses: ["127.0.0.1"], issuer: authority });

type Answer = { readonly status: number; readonly body: object } | "never";

/** The part of an API server that reviews: over HTTPS, in the words of the real one. */
export class ReviewServer implements AsyncDisposable {
  readonly reviews: AccessReviews;
  /** The tokens that it was asked about, and the questions. */
  readonly tokens: string[] = [];
  readonly questions: SubjectAccessReview["spec"][] = [];
  /** How many requests ended before they were answered. */
  abandoned = 0;
  /** Whose a token is. */
  owners: Readonly<Record<string, UserInfo>> = {};
  /** Whether somebody may: `get nodes/proxy`. */
  allows: (right: string, user: string) => boolean = () => true;
  /** Instead of what it would say. */
  answer: Answer | undefined;
  readonly #client: KubernetesClient;
  readonly #server: Server;

  private constructor(port: number, server: Server) {
    this.#server = server;
    const connection = {
      server: `https://127.0.0.1:${port}`,
      credentials: () => ({ ca: authority.certificate, token: "node" }),
    };
    this.#client = new KubernetesClient({ connection });
    this.reviews = clusterReviews(this.#client);
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ReviewServer> {
    const server = createServer({ cert: serving.certificate, key: serving.key });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ReviewServer((server.address() as AddressInfo).port, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once("close", () => void (response.writableEnded || this.abandoned++));
    const review = await json(request);
    const decided = request.url?.endsWith("/tokenreviews")
      ? this.#whose(review as TokenReview)
      : this.#mayDo(review as SubjectAccessReview);
    const { answer = { status: 201, body: decided } } = this;
    if (answer === "never") return;
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(JSON.stringify(answer.body));
  }

  #whose(review: TokenReview): TokenReview {
    const { token } = review.spec;
    this.tokens.push(token);
    const user = this.owners[token];
    return { ...review, status: user ? { authenticated: true, user } : { error: "invalid bearer token" } };
  }

  #mayDo(review: SubjectAccessReview): SubjectAccessReview {
    this.questions.push(review.spec);
    const { verb, resource, subresource } = review.spec.resourceAttributes ?? {};
    return {
      ...review,
      status: { allowed: this.allows(`${verb} ${resource}/${subresource}`, review.spec.user ?? "") },
    };
  }
}

/** What an API server says to a node that may not ask. */
export function forbidden(resource: string, user: string): Answer {
  const message = `${resource} is forbidden: User "${user}" cannot create resource "${resource}" in API group "x" at the cluster scope`;
  return {
    status: 403,
    body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", message, code: 403 },
  };
}
