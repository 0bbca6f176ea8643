import { Agent, request } from "undici";

export interface NomadRequest {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  /** `/v1/jobs?meta=true` */
  readonly path: string;
  readonly body?: unknown;
  /** Instead of the client's own. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

export interface NomadReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const patienceMs = 30_000;

/** Asks a Nomad over HTTP, as an administrator. */
export class NomadClient implements AsyncDisposable {
  readonly url: string;
  // Nomad refuses more than a hundred connections of one address.
  readonly #dispatcher = new Agent({ connections: 16 });
  token: string | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Whatever it answers. */
  async ask({ method = "GET", path, body, token = this.token, signal }: NomadRequest): Promise<NomadReply> {
    const limit = AbortSignal.timeout(patienceMs);
    const answer = await request(`${this.url}${path}`, {
      method,
      headers: token === undefined ? {} : { "x-nomad-token": token },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      dispatcher: this.#dispatcher,
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  /** Its answer, from JSON. Rejects with what it complains of. */
  async get<T>(asked: NomadRequest): Promise<T> {
    const { status, text } = await this.ask(asked);
    if (status === 200) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw new Error(`Nomad answers ${asked.method ?? "GET"} ${asked.path} with ${status}: ${text.trim()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
  }
}
