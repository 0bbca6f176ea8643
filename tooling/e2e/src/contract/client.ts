import type { Connection } from "@virtual-kubelet/kubernetes";
import { Agent, type Dispatcher } from "undici";
import type { Answer, Ask, Json, Watch } from "./exchange.ts";

/** The longest that an answer may take, or what is waited for. */
const patienceMs = 20_000;
/** The longest that the events of a watch may take: what has not come by then is missing. */
const watchMs = 5000;
const pauseMs = 20;

/** Sends requests exactly as they are written, with an administrator's certificate. */
export class RawClient implements AsyncDisposable {
  readonly #server: string;
  readonly #agent: Agent;

  private constructor(server: string, agent: Agent) {
    this.#server = server;
    this.#agent = agent;
  }

  static async of(connection: Connection): Promise<RawClient> {
    const { ca, cert, key } = await connection.credentials({ refresh: false, signal: AbortSignal.timeout(patienceMs) });
    // The embedded cluster knows nothing newer: both are asked alike.
    return new RawClient(connection.server, new Agent({ allowH2: false, connect: { ca, cert, key } as object }));
  }

  /** The answer; with `until`, the first that is as it should be. */
  async ask(ask: Ask): Promise<Answer> {
    const signal = AbortSignal.timeout(patienceMs);
    for (;;) {
      const { statusCode, headers, body } = await this.#send(ask, signal);
      const answer = answerFrom(statusCode, headers, await body.text());
      if (ask.hidden && !ask.until && answer.code >= 400)
        throw new Error(`${ask.method} ${ask.path} was to prepare an exchange: ${JSON.stringify(answer.body)}`);
      if (!ask.until || ask.until(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (signal.aborted) throw new Error(`${ask.path} never became what was waited for: ${JSON.stringify(answer)}`);
    }
  }

  /** The answer to a watch, its events as the body. `during` runs once it is open. */
  async watch({ watch, count = Infinity }: Watch, during: () => Promise<void>): Promise<Answer> {
    const left = new AbortController();
    const signal = AbortSignal.any([left.signal, AbortSignal.timeout(watchMs)]);
    const { statusCode, headers, body } = await this.#send(watch, signal);
    if (statusCode !== 200) return answerFrom(statusCode, headers, await body.text());
    const seen = events(body, count);
    await during();
    try {
      return { ...answerFrom(statusCode, headers, "null"), body: await seen };
    } finally {
      left.abort();
      body.on("error", () => {}).destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  #send({ method, path, headers = {}, body }: Ask, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const content = typeof body === "object" && !Buffer.isBuffer(body) ? JSON.stringify(body) : body;
    return this.#agent.request({
      origin: this.#server,
      method,
      path,
      headers,
      signal,
      ...(content === undefined ? {} : { body: content }),
    });
  }
}

function answerFrom(code: number, headers: Record<string, string | string[] | undefined>, text: string): Answer {
  const type = [headers["content-type"] ?? ""].flat().join();
  // The real server does not say of its OpenAPI documents that they are JSON.
  const isJson = text !== "" && (type.includes("json") || text.startsWith("{"));
  const body = isJson ? JSON.parse(text) : text;
  return { code, type, warnings: [headers["warning"] ?? []].flat(), body };
}

/** The events of a watch, without the bookmarks that come from time to time. */
async function events(body: AsyncIterable<Buffer>, count: number): Promise<readonly Json[]> {
  const seen: Json[] = [];
  let text = "";
  try {
    for await (const chunk of body) {
      text += chunk.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      seen.push(...lines.map((line) => JSON.parse(line)).filter((event) => !isPlainBookmark(event)));
      if (seen.length >= count) break;
    }
  } catch {
    seen.push("nothing more came");
  }
  return seen.slice(0, count);
}

function isPlainBookmark({ type, object }: Json): boolean {
  return type === "BOOKMARK" && object.kind !== "Table" && object.metadata.annotations === undefined;
}
