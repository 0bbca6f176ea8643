import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { KubernetesError } from "../client/kubernetes-error.ts";
import { type NodeCredential, textOfCredential } from "./node-credential.ts";

/**
 * Where a node's certificate survives a restart. Every file appears whole or not at all, and only its owner can read it, so a
 * process may be killed at any moment.
 */
export class CredentialFolder {
  /** The certificate with its key. */
  readonly path: string;
  readonly #folder: string;
  readonly #pendingPath: string;

  /** `purpose`: `client` or `server`, as kubelet calls its files. */
  constructor(folder: string, nodeName: string, purpose: "client" | "server") {
    this.#folder = folder;
    this.path = join(folder, `kubelet-${purpose}-${nodeName}.pem`);
    this.#pendingPath = join(folder, `kubelet-${purpose}-${nodeName}.key`);
  }

  /** The text that was stored last; `undefined` when there is none. */
  async read(): Promise<string | undefined> {
    return this.#read(this.path);
  }

  /**
   * The key that a certificate is being asked for: kept, so that who asks again after a restart asks for the same. One that
   * has its certificate already, since a stop came just after that was stored, is not used for another.
   */
  async pendingKey(current: NodeCredential | undefined): Promise<KeyObject> {
    const text = await this.#read(this.#pendingPath);
    const kept = text === undefined ? undefined : keyFrom(text);
    if (kept && !(current && new X509Certificate(current.certificate).checkPrivateKey(kept))) return kept;
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await this.#write(this.#pendingPath, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    return privateKey;
  }

  async dropPendingKey(): Promise<void> {
    await rm(this.#pendingPath, { force: true });
  }

  async store(credential: NodeCredential): Promise<void> {
    await this.#write(this.path, textOfCredential(credential));
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await readFile(path, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#unusable(`cannot read ${path}`, cause);
    }
  }

  async #write(path: string, text: string): Promise<void> {
    const temporary = `${path}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      // Left by a process that was killed.
      await rm(temporary, { force: true });
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await this.#sync();
    } catch (cause) {
      throw this.#unusable(`cannot keep the node's certificate in ${this.#folder}`, cause);
    }
  }

  /** What a folder holds is only certain once it is written itself; not every system can do that. */
  async #sync(): Promise<void> {
    if (process.platform === "win32") return;
    const folder = await open(this.#folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #unusable(what: string, cause: unknown): KubernetesError {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const advice = "the folder must belong to the user that the node runs as";
    return new KubernetesError("InvalidCredentials", `${what}: ${problem}; ${advice}`, { cause });
  }
}

function keyFrom(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
