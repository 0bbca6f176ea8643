import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { Agent, request } from "undici";

const patienceMs = 2000;
/** The API server looks at its files when the system tells it of a change, and once a minute. */
const rereadLimitMs = 90_000;

/** Whether a program answers with 200: over plain HTTP, or with a certificate of an authority of the cluster. */
export async function answersOk(
  url: string,
  { signal, ca }: { readonly signal: AbortSignal; readonly ca: string },
): Promise<boolean> {
  const dispatcher = new Agent({ connect: { ca } });
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const { statusCode, body } = await request(url, { signal: limit, dispatcher });
    await body.dump();
    return statusCode === 200;
  } finally {
    await dispatcher.destroy();
  }
}

/** Resolves when a server shows the certificate that its file now holds. */
export async function servesCertificate(url: string, certificateFile: string): Promise<void> {
  const wanted = new X509Certificate(readFileSync(certificateFile)).fingerprint256;
  const limit = AbortSignal.timeout(rereadLimitMs);
  while ((await fingerprintOf(url, limit)) !== wanted) await delay(100, undefined, { signal: limit });
}

async function fingerprintOf(url: string, signal: AbortSignal): Promise<string> {
  const { hostname: host, port } = new URL(url);
  // Whoever it is: only what it shows is of interest.
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect", { signal });
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}
