import { isKubernetesError } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { printable } from "../printable.ts";

const everyMs = 60_000;

/** What the log hears of reviews that fail: a line a minute, however many callers are turned away meanwhile. */
export class Complaints {
  readonly #logger: Logger;
  readonly #what: "tokenreviews" | "subjectaccessreviews";
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #isForbidden = false;

  constructor(logger: Logger, what: "tokenreviews" | "subjectaccessreviews") {
    this.#logger = logger;
    this.#what = what;
  }

  /** The last one has succeeded. */
  clear(): void {
    this.#isForbidden = false;
  }

  record(err: unknown): void {
    const forbidden = isKubernetesError(err) && err.code === 403;
    const now = performance.now();
    // That a right is missing is said once, until it is there.
    if (forbidden ? this.#isForbidden : now - this.#lastAtMs < everyMs) return;
    this.#lastAtMs = now;
    this.#isForbidden = forbidden;
    const refused = this.#what === "tokenreviews" ? "callers with a bearer token" : "all callers";
    this.#logger.error(
      { err },
      forbidden
        ? `the node may not create ${this.#what}, so that ${refused} are refused; to grant it: ${remedy(err.message)}`
        : `the cluster does not answer ${this.#what}, so that ${refused} whom it was not asked about lately are refused`,
    );
  }
}

/** The API server's refusal says as whom the node has asked. */
function remedy(refusal: string): string {
  const [, user = "NAME"] = /User "([^"]+)"/.exec(refusal) ?? [];
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const subject = namespace ? `--serviceaccount=${namespace}:${name}` : `--user=${user}`;
  return `kubectl create clusterrolebinding virtual-kubelet:auth-delegator --clusterrole=system:auth-delegator ${printable(subject)}`;
}
