import type { IncomingMessage, ServerResponse } from "node:http";

/** A request, taken apart. */
export interface FakeCall {
  readonly method: string;
  readonly path: string;
  /** The parts of the path that the route leaves open. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What Nomad says in words: most of its failures are a 500. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

export const answer = {
  json(response: ServerResponse, value: unknown, index: number): void {
    response.writeHead(200, { "content-type": "application/json", "x-nomad-index": String(index) });
    response.end(JSON.stringify(value));
  },
  nothing(response: ServerResponse): void {
    response.writeHead(204).end();
  },
  words(response: ServerResponse, { status, message }: Refusal, headers: Readonly<Record<string, string>> = {}): void {
    response.writeHead(status, { "content-type": wordsType(response.req), ...headers }).end(message);
  },
  /** Breaks off in the middle. */
  half(response: ServerResponse, value: unknown, index: number): void {
    const text = JSON.stringify(value);
    response.writeHead(200, { "content-type": "application/json", "x-nomad-index": String(index) });
    response.write(text.slice(0, Math.max(1, text.length / 2)), () => response.destroy());
  },
};

/** What is asked for a log is answered as if it were one, words included. */
function wordsType({ url = "" }: IncomingMessage): string {
  if (!url.startsWith("/v1/client/fs/logs/")) return "text/plain; charset=utf-8";
  return url.includes("plain=true") ? "text/plain" : "application/json";
}
