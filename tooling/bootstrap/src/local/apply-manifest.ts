import {
  isKubernetesError,
  resources,
  type KubernetesClient,
  type KubernetesObject,
  type Resource,
} from "@virtual-kubelet/kubernetes";
import { parseAllDocuments } from "yaml";

/** Creates the objects of a manifest; those that are there already stay as they are. */
export async function applyManifest(client: KubernetesClient, manifest: string, signal: AbortSignal): Promise<void> {
  for (const document of parseAllDocuments(manifest)) {
    const object = document.toJS() as KubernetesObject;
    try {
      await client.create(
        resourceOf(object),
        { ...object, metadata: { namespace: "default", ...object.metadata } },
        { signal },
      );
    } catch (error) {
      if (!isKubernetesError(error, "AlreadyExists")) throw error;
    }
  }
}

function resourceOf({ kind }: KubernetesObject): Resource<KubernetesObject> {
  const resource = Object.values(resources).find((candidate) => candidate.kind === kind);
  if (!resource) throw new Error(`The kind ${kind} is not known here.`);
  return resource;
}
