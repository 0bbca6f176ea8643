import type { Pod, Secret, ServiceAccount } from "@virtual-kubelet/kubernetes";
import { type PodEventRecord, type RegistryCredential, isProviderError } from "@virtual-kubelet/provider";
import { bestCredential } from "./best-credential.ts";
import { pullEntries } from "./docker-config.ts";
import { imageReference } from "./image-reference.ts";

/** Where the credentials of a pod come from. */
export interface PullSources {
  readonly pod: Pod;
  readonly image: string;
  secret(name: string): Promise<Secret | undefined>;
  /** The pod's, where the node may read it. */
  serviceAccount(): Promise<ServiceAccount | undefined>;
}

export interface PullCredentials {
  /** Absent: pull without. */
  readonly credential?: RegistryCredential;
  /** What its author should know. Shows nothing of what is in a secret. */
  readonly events: readonly PodEventRecord[];
}

/**
 * The credential for an image among the pod's pull secrets. A pod that names none has those of its service account, which an API
 * server has as a rule copied into the pod long before. A secret that is not there, or cannot be read or understood, is none.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`getPullSecretsForPod`)
 * @see https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/admission/serviceaccount/admission.go (`Admit`)
 */
export async function pullCredentials(sources: PullSources): Promise<PullCredentials> {
  const image = imageReference(sources.image);
  if (!image) return { events: [] };
  const names = await secretNames(sources);
  const found = await Promise.all(names.map(async (name) => ({ name, secret: await readable(sources.secret(name)) })));
  const read = found.flatMap(({ name, secret }) => (secret ? [{ name, ...pullEntries(secret) }] : []));
  const credential = bestCredential(
    image,
    read.flatMap(({ entries }) => entries),
  );
  const events = read.flatMap(({ name, problems }) => problems.map((problem) => invalid(name, problem)));
  if (credential) return { credential, events };
  const missing = found.flatMap(({ name, secret }) => (secret ? [] : [name]));
  return { events: missing.length > 0 ? [...events, notRetrieved(missing)] : events };
}

async function secretNames(sources: PullSources): Promise<readonly string[]> {
  const { imagePullSecrets = [] } = sources.pod.spec;
  const references =
    imagePullSecrets.length > 0 ? imagePullSecrets : ((await sources.serviceAccount())?.imagePullSecrets ?? []);
  // The API server lets a reference be without a name.
  return [...new Set(references.flatMap(({ name }) => (name ? [name] : [])))];
}

/** What the node may not read is as good as missing; an API server that does not answer is asked again. */
async function readable(asked: Promise<Secret | undefined>): Promise<Secret | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isProviderError(error, "Unauthorized")) return undefined;
    throw error;
  }
}

/** In kubelet's words, which it says once a pull has failed. */
function notRetrieved(names: readonly string[]): PodEventRecord {
  const message = `Unable to retrieve some image pull secrets (${names.join(", ")}); attempting to pull the image may not succeed.`;
  return { type: "Warning", reason: "FailedToRetrieveImagePullSecret", message };
}

function invalid(name: string, problem: string): PodEventRecord {
  return {
    type: "Warning",
    reason: "InvalidImagePullSecret",
    message: `Image pull secret ${name} is not used: ${problem}`,
  };
}
