import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { type Endpoint, openSocket } from "@virtual-kubelet/stream-load";
import type { Line } from "./measures/line.ts";

export const byteServer: string = fileURLToPath(new URL("./byte-server.ts", import.meta.url));

/** A TLS server in a process of its own, with nothing between it and its clients: what is possible on this machine. */
export class PlainTls implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, endpoint: Endpoint) {
    this.#child = child;
    this.#folder = folder;
    this.endpoint = endpoint;
  }

  static async start(): Promise<PlainTls> {
    const folder = mkdtempSync(join(tmpdir(), "vk-plain-tls-"));
    const { certificate: cert, key } = issueCertificate({ commonName: "plain", usages: ["serverAuth"] });
    const pem = join(folder, "server.pem");
    writeFileSync(pem, key + cert, { mode: 0o600 });
    const child = spawn(process.execPath, [byteServer, pem], { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return new PlainTls(child, folder, { host: "127.0.0.1", port: Number(port), cert, key, dialect: "node" });
  }

  /** A connection, told what is wanted of it. */
  async open(what: string): Promise<Line> {
    const socket = await openSocket(this.endpoint);
    socket.write(`${what}\n`);
    return { input: socket, output: socket, socket };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}
