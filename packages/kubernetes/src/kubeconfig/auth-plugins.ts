import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import type { Credentials, CredentialsCall } from "../connection/connection.ts";
import { KubernetesError } from "../client/kubernetes-error.ts";
import type { SelectedContext } from "./select-context.ts";

/** Something that must be run to get credentials. */
export interface AuthPlugin {
  credentials(call: CredentialsCall): Promise<Pick<Credentials, "cert" | "key" | "token">>;
}

/** What client-node's authenticators fill in. */
interface Outcome {
  readonly headers: Record<string, string>;
  cert?: string;
  key?: string;
}

interface Authenticator {
  applyAuthentication(user: User, outcome: Outcome): Promise<void>;
}

/** The plugin that the user of this context needs, if any. Its code is loaded only then. */
export async function authPlugin(context: SelectedContext): Promise<AuthPlugin | undefined> {
  const { user, source } = context;
  if (!user) return undefined;
  const { exec, authProvider, name } = user.value;
  if (exec) {
    const { ExecAuth } = await import("@kubernetes/client-node/dist/exec_auth.js");
    const what = `the credential plugin "${exec.command}" of the user "${name}" in ${source}`;
    return pluginFrom({
      what,
      user: await withExecInfo(user.value, context),
      make: () => Object.assign<Authenticator, object>(new ExecAuth(), { execFn: spawnWithoutInput }),
      hint: exec.installHint,
    });
  }
  if (!authProvider) return undefined;
  if (authProvider.name === "oidc") {
    const { OpenIDConnectAuth } = await import("@kubernetes/client-node/dist/oidc_auth.js");
    const what = `the OpenID Connect login of the user "${name}" in ${source}`;
    return pluginFrom({
      what,
      user: user.value,
      make: () => new OpenIDConnectAuth(),
      hint: "a token that has run out is not renewed here; a credential plugin (exec) such as kubelogin does that",
    });
  }
  const advice = "Kubernetes removed it in 1.26: write the kubeconfig anew with a credential plugin (exec)";
  throw new KubernetesError(
    "InvalidKubeconfig",
    `the user "${name}" in ${source} has the auth-provider "${authProvider.name}"; ${advice}`,
  );
}

interface PluginOptions {
  readonly what: string;
  readonly user: User;
  /** What to do when it fails. */
  readonly hint: string | undefined;
  readonly make: () => Authenticator;
}

/** One run at a time, however many requests wait for it. The authenticator keeps its outcome until that expires. */
function pluginFrom(options: PluginOptions): AuthPlugin {
  const { what, user, hint, make } = options;
  let authenticator = make();
  let running: Promise<Pick<Credentials, "cert" | "key" | "token">> | undefined;
  const run = async (): Promise<Pick<Credentials, "cert" | "key" | "token">> => {
    const outcome: Outcome = { headers: {} };
    try {
      await authenticator.applyAuthentication(user, outcome);
      if (!outcome.headers["Authorization"] && !(outcome.cert && outcome.key)) {
        throw new Error("it gave neither a token nor a certificate with its key");
      }
    } catch (cause) {
      // It keeps what it could not read as well.
      authenticator = make();
      const problem = (cause as Error).message.trim() || "it said nothing";
      throw new KubernetesError("InvalidCredentials", `${what} failed: ${problem}${hint ? `; ${hint.trim()}` : ""}`, {
        cause,
      });
    }
    const { cert, key, headers } = outcome;
    const token = headers["Authorization"]?.replace(/^Bearer /, "");
    return { ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(token ? { token } : {}) };
  };
  return {
    credentials: ({ refresh }) => {
      // What it keeps has just been refused: a new one knows nothing yet.
      if (refresh && running === undefined) authenticator = make();
      running ??= run().finally(() => (running = undefined));
      return running;
    },
  };
}

/** Every request waits for a plugin that runs, so one that hangs is killed. Milliseconds. */
const longestRunMs = 60_000;

/** Nobody is there to answer: as with kubectl a plugin that asks finds no input, rather than one that never comes. */
function spawnWithoutInput(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(command, args, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longestRunMs,
    killSignal: "SIGKILL",
  });
}

/** Plugins ask for `KUBERNETES_EXEC_INFO`, which client-node does not set. */
async function withExecInfo(user: User, context: SelectedContext): Promise<User> {
  const { exec } = user;
  const { server, caData, caFile, tlsServerName, skipTLSVerify } = context.cluster.value;
  const cluster = {
    server,
    // A file that cannot be read is said where the CA itself is.
    "certificate-authority-data":
      caData || !caFile
        ? caData
        : await readFile(resolve(context.cluster.folder, caFile), "base64").catch(() => undefined),
    "tls-server-name": tlsServerName,
    "insecure-skip-tls-verify": skipTLSVerify || undefined,
  };
  const spec = { interactive: false, ...(exec.provideClusterInfo ? { cluster } : {}) };
  const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec });
  const env = [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: info }];
  // A command with a slash is a file, and files are relative to the kubeconfig; one without is looked up in PATH.
  const command = /[\\/]/.test(exec.command ?? "") ? resolve(context.user?.folder ?? ".", exec.command) : exec.command;
  return { ...user, exec: { ...exec, command, args: exec.args ?? [], env } };
}
