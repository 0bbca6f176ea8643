import type { ProjectedVolumeSource, VolumeProjection } from "@virtual-kubelet/kubernetes";
import { ProviderError, type VolumeFile, isProviderError } from "@virtual-kubelet/provider";
import { downwardFiles } from "./downward-files.ts";
import { ownersOnly } from "./file-owner.ts";
import { configMapFiles, secretFiles } from "./object-files.ts";
import { type VolumeSources, defaultFileMode } from "./volume-sources.ts";

/**
 * The files of all sources, in their order: of two with the same path the later one counts. What is missing in any of them is
 * said at once.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/projected/projected.go (`collectData`)
 */
export async function projectedFiles(
  { sources: projections = [], defaultMode = defaultFileMode }: ProjectedVolumeSource,
  sources: VolumeSources,
): Promise<readonly VolumeFile[]> {
  const files: VolumeFile[] = [];
  const failures: ProviderError[] = [];
  for (const projection of projections) {
    try {
      files.push(...(await filesOf(projection, { ...sources, mode: defaultMode })));
    } catch (error) {
      if (!isProviderError(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw inOne(failures);
  return files;
}

async function filesOf(
  projection: VolumeProjection,
  sources: VolumeSources & { readonly mode: number },
): Promise<readonly VolumeFile[]> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  const { pod, mode } = sources;
  if (secret) {
    const { name = "", items = [], optional = false } = secret;
    return secretFiles(await sources.secret(name), { name, items, optional, mode });
  }
  if (configMap) {
    const { name = "", items = [], optional = false } = configMap;
    return configMapFiles(await sources.configMap(name), { name, items, optional, mode });
  }
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], sources);
  if (serviceAccountToken) {
    const { path, ...request } = serviceAccountToken;
    const { token } = await sources.token(request);
    return [{ path, content: Buffer.from(token), ...ownersOnly(pod, mode), sensitive: true }];
  }
  throw new ProviderError("Unsupported", unsupported(projection));
}

function unsupported({ clusterTrustBundle, podCertificate }: VolumeProjection): string {
  if (clusterTrustBundle)
    return "this node projects no ClusterTrustBundle; project a ConfigMap that holds the certificates";
  if (podCertificate)
    return "this node asks for no certificates for pods; project a service account token, or a Secret";
  return "a projected source of a kind that this node does not know";
}

/** As Kubernetes writes several errors. One that may pass by itself decides what all of them are. */
function inOne(failures: readonly ProviderError[]): ProviderError {
  const first = failures.find(({ code }) => code !== "ConfigMissing") ?? failures[0];
  if (!first || failures.length === 1) return first as ProviderError;
  const messages = [...new Set(failures.map(({ message }) => message))];
  const message = messages.length === 1 ? first.message : `[${messages.join(", ")}]`;
  return new ProviderError(first.code, message, { cause: first });
}
