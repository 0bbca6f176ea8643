import { Agent, request } from "undici";
import { hashOf } from "./hashed-bytes.ts";

export interface HttpLoad {
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
  readonly connections: number;
  readonly requests: number;
}

/** Asks an echoing server for one path after the other over connections that stay; gives the answers that were wrong. */
export async function wrongAnswers({ origin, connections, requests }: HttpLoad): Promise<readonly string[]> {
  const dispatcher = new Agent({ connections, pipelining: 1, keepAliveTimeout: 30_000 });
  const wrong: string[] = [];
  try {
    const paths = Array.from({ length: requests }, (_, index) => `/path/${index}`).values();
    const worker = async (): Promise<void> => {
      for (const path of paths) {
        const { statusCode, body } = await request(`${origin}${path}`, { dispatcher });
        const text = await body.text();
        if (statusCode !== 200 || text !== path) wrong.push(`${path}: ${statusCode} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: connections }, worker));
    return wrong;
  } finally {
    await dispatcher.destroy();
  }
}

export interface Download {
  readonly length: number;
  /** SHA-256 here, and by the word of who sent it. */
  readonly received: string;
  readonly sent: string | undefined;
}

/** Fetches so many bytes on a connection of its own. */
export async function download(origin: string, length: number): Promise<Download> {
  const dispatcher = new Agent({ bodyTimeout: 120_000 });
  try {
    const { body, trailers } = await request(`${origin}/bytes/${length}`, { dispatcher });
    const { digest, length: received } = await hashOf(body);
    return { length: received, received: digest, sent: trailers["sha256"] };
  } finally {
    await dispatcher.destroy();
  }
}
