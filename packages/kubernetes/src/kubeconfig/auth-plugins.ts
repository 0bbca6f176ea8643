import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { resolve } from "node:path";
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import type { Credentials, CredentialsCall } from "../connection/connection.ts";
import { KubernetesError } from "../client/kubernetes-error.ts";
import { execInfo } from "./exec-info.ts";
import { isPair } from "./read-key-pair.ts";
import type { SelectedContext } from "./select-context.ts";

/** Something that must be run to get credentials. */
export interface AuthPlugin {
  credentials(call: AuthPluginCall): Promise<PluginCredentials>;
}

export interface AuthPluginCall extends CredentialsCall {
  /** The cluster's CA as it is now, which a plugin may ask for. */
  readonly ca: string | undefined;
}

type PluginCredentials = Pick<Credentials, "cert" | "key" | "token">;

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
      user: { ...user.value, exec: { ...exec, command: commandOf(context), args: exec.args ?? [] } },
      make: (ca) => Object.assign<Authenticator, object>(new ExecAuth(), { execFn: spawner(context, ca) }),
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
  /** One that knows nothing yet, and asks for the CA when it needs it. */
  readonly make: (ca: () => string | undefined) => Authenticator;
}

/** One run at a time, however many requests wait for it. The authenticator keeps its outcome until that expires. */
function pluginFrom(options: PluginOptions): AuthPlugin {
  const { what, user, hint } = options;
  let ca: string | undefined;
  const make = (): Authenticator => options.make(() => ca);
  let authenticator = make();
  let running: Promise<PluginCredentials> | undefined;
  const run = async (): Promise<PluginCredentials> => {
    const outcome: Outcome = { headers: {} };
    try {
      await authenticator.applyAuthentication(user, outcome);
      return credentialsFrom(outcome);
    } catch (cause) {
      // It keeps what it could not read as well.
      authenticator = make();
      const problem = (cause as Error).message.trim() || "it said nothing";
      throw new KubernetesError("InvalidCredentials", `${what} failed: ${problem}${hint ? `; ${hint.trim()}` : ""}`, {
        cause,
      });
    }
  };
  return {
    credentials: (call) => {
      ca = call.ca;
      // What it keeps has just been refused: a new one knows nothing yet.
      if (call.refresh === true && running === undefined) authenticator = make();
      running ??= run().finally(() => (running = undefined));
      return running;
    },
  };
}

function credentialsFrom(outcome: Outcome): PluginCredentials {
  const { cert, key, headers } = outcome;
  const token = headers["Authorization"]?.replace(/^Bearer /, "");
  if (!token && !(cert && key)) throw new Error("it gave neither a token nor a certificate with its key");
  if (!cert !== !key) throw new Error("it gave a certificate without its key, or a key without its certificate");
  if (cert && key && !isPair(cert, key)) throw new Error("its key does not belong to its certificate");
  return { ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(token ? { token } : {}) };
}

/** Every request waits for a plugin that runs, so one that hangs is killed. Milliseconds. */
const longestRunMs = 60_000;

/** After its end, what it has written is there soon. A process that it left behind may hold its output open for ever. Milliseconds. */
const lastWordsMs = 1_000;

type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * How client-node's authenticator starts the plugin. Nobody is there to answer: as with kubectl a plugin that asks finds no
 * input, rather than one that never comes.
 */
function spawner(context: SelectedContext, ca: () => string | undefined): Spawn {
  return (command, args, options) => {
    const child = spawn(command, args, {
      ...options,
      env: { ...(options.env ?? process.env), KUBERNETES_EXEC_INFO: execInfo(context, ca()) },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: longestRunMs,
      killSignal: "SIGKILL",
    });
    child.once("exit", () => {
      const streams = [child.stdout, child.stderr];
      const tooLong = setTimeout(() => streams.forEach((stream) => stream.destroy()), lastWordsMs);
      child.once("close", () => clearTimeout(tooLong));
    });
    return child;
  };
}

/** With a slash it is a file, and files are relative to the kubeconfig; one without is looked up in PATH. */
function commandOf({ user }: SelectedContext): string | undefined {
  const command: string | undefined = user?.value.exec.command;
  return command !== undefined && /[\\/]/.test(command) ? resolve(user?.folder ?? ".", command) : command;
}
