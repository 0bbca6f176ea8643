import { setTimeout as delay } from "node:timers/promises";
import type { NomadReply, NomadRequest } from "../nomad-client.ts";
import type { Nomad } from "../nomad.ts";
import { Normalised } from "./normalised.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** What was asked, and what the real server answered, with what differs from run to run replaced. */
export interface RecordedExchange {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly reply: {
    readonly status: number;
    readonly contentType?: string;
    /** From JSON, where it is that. */
    readonly body?: unknown;
    /** Otherwise. */
    readonly text?: string;
    /** Of a stream: one message after the other. */
    readonly messages?: readonly unknown[];
  };
}

/** Who is asked. Rights are asked of a whole Nomad. */
export type RecordedServer = Pick<Nomad, "client" | "address" | "folder" | "createToken">;

export interface AskedExchange extends NomadRequest {
  /** Takes from a body what is not worth keeping, or is of this host. */
  readonly keep?: (body: never) => unknown;
}

const patienceMs = 30_000;

/** Asks a real server, and keeps what it answers. */
export class Recorder {
  readonly nomad: RecordedServer;
  readonly exchanges: RecordedExchange[] = [];
  readonly #normalised: Normalised;

  constructor(nomad: RecordedServer) {
    this.nomad = nomad;
    this.#normalised = new Normalised({
      [nomad.folder]: "/folder",
      [nomad.address.replace("http://", "")]: "127.0.0.1:4646",
    });
  }

  /** Gives what it answered as it was. */
  async ask<T = unknown>(name: string, { keep, ...asked }: AskedExchange): Promise<T> {
    const reply = await this.nomad.client.ask(asked);
    const body = bodyOf(reply);
    const kept = keep && body !== undefined ? keep(body as never) : body;
    this.keep(name, asked, {
      status: reply.status,
      ...contentTypeOf(reply),
      ...(body === undefined ? { text: reply.text } : { body: kept }),
    });
    return body as T;
  }

  keep(name: string, { method = "GET", path, body }: NomadRequest, reply: RecordedExchange["reply"]): void {
    const request = { method, path, ...(body === undefined ? {} : { body }) };
    const value = (each: unknown): never => this.#normalised.value(each) as never;
    this.exchanges.push({ name, request: value(request), reply: value(reply) });
  }

  /** Asks without keeping it, until the answer is as `test` wants it. */
  async until<T>(asked: NomadRequest, test: (answer: T) => boolean): Promise<T> {
    const signal = AbortSignal.timeout(patienceMs);
    let last: unknown;
    while (!signal.aborted) {
      const answer = await this.nomad.client.get<T>(asked);
      if (test(answer)) return answer;
      last = answer;
      await delay(50);
    }
    throw new Error(`Waited in vain at ${asked.path}; the last answer: ${JSON.stringify(last)}`);
  }
}

/** It says of some JSON that it is text, and the other way round. */
function bodyOf({ text }: NomadReply): unknown {
  if (!/^["[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function contentTypeOf({ headers }: NomadReply): { contentType?: string } {
  const type = headers["content-type"];
  return typeof type === "string" ? { contentType: type } : {};
}
