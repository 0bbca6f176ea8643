import { quoted } from "../printable.ts";
import { parsePort } from "./port-number.ts";

/** What pairing needs to know of a stream. */
export interface PairableStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** The two streams of one connection to a port: `data` is the connection, `error` tells why it failed. */
export interface StreamPair<Stream> {
  readonly port: number;
  readonly data: Stream;
  readonly error: Stream;
}

/** What becomes of a stream that a client opens. */
export type Pairing<Stream> =
  | { readonly type: "refused"; readonly problem: string }
  /** One like it is there already; `error` is where that can be told. */
  | { readonly type: "double"; readonly problem: string; readonly error: Stream | undefined }
  | { readonly type: "half"; readonly requestId: string }
  | { readonly type: "pair"; readonly requestId: string; readonly pair: StreamPair<Stream> };

type StreamType = "data" | "error";

/** Finds the streams that belong together. Kubernetes: `k8s.io/cri-streaming/pkg/streaming/portforward/httpstream.go`. */
export class StreamPairs<Stream extends PairableStream> {
  readonly #halves = new Map<string, Partial<Record<StreamType, Stream>>>();

  /** How many wait for their other half. */
  get waiting(): number {
    return this.#halves.size;
  }

  add(stream: Stream): Pairing<Stream> {
    const type = stream.headers.get("streamtype");
    const problem = problemOf(stream.headers);
    if (problem !== undefined || !isStreamType(type)) return { type: "refused", problem: problem ?? "" };
    const requestId = requestIdOf(stream, type);
    const half = this.#halves.get(requestId) ?? {};
    if (half[type]) {
      const text = `error processing stream for request ${requestId}: ${type} stream already assigned`;
      return { type: "double", problem: text, error: half.error };
    }
    const both: Partial<Record<StreamType, Stream>> = { ...half, [type]: stream };
    const { data, error } = both;
    if (!data || !error) {
      this.#halves.set(requestId, both);
      return { type: "half", requestId };
    }
    this.#halves.delete(requestId);
    return { type: "pair", requestId, pair: { port: Number(data.headers.get("port")), data, error } };
  }

  /** Gives up waiting for the other half. */
  remove(requestId: string): Partial<Record<StreamType, Stream>> {
    const half = this.#halves.get(requestId) ?? {};
    this.#halves.delete(requestId);
    return half;
  }
}

function problemOf(headers: ReadonlyMap<string, string>): string | undefined {
  const port = headers.get("port");
  if (!port) return '"port" header is required';
  const parsed = parsePort(port);
  if (typeof parsed === "string") return parsed;
  const type = headers.get("streamtype");
  if (!type) return '"streamType" header is required';
  return isStreamType(type) ? undefined : `invalid stream type ${quoted(type)}`;
}

function isStreamType(type: string | undefined): type is StreamType {
  return type === "data" || type === "error";
}

/** Clients of old name no request: their error stream comes first, and the data stream right after. */
function requestIdOf({ id, headers }: PairableStream, type: StreamType): string {
  return headers.get("requestid") || String(type === "error" ? id : id - 2);
}
