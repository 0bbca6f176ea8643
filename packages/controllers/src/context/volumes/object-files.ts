import type { ConfigMap, KeyToPath, Secret } from "@virtual-kubelet/kubernetes";
import { ProviderError, type VolumeFile } from "@virtual-kubelet/provider";

/** How an object's keys become files. */
export interface KeysSource {
  readonly name: string;
  readonly items: readonly KeyToPath[];
  readonly optional: boolean;
  /** Of files for which nothing else is said. */
  readonly mode: number;
}

/**
 * The files of a ConfigMap: of each key, or of those that are asked for.
 *
 * @throws ProviderError `ConfigMissing` in kubelet's words.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/configmap/configmap.go (`MakePayload`)
 */
export function configMapFiles(object: ConfigMap | undefined, source: KeysSource): readonly VolumeFile[] {
  const { name, optional } = source;
  if (!object && !optional) throw missing(`configmap "${name}" not found`);
  const { data = {}, binaryData = {} } = object ?? {};
  const contents = new Map([
    ...Object.entries(binaryData).map(([key, base64]) => [key, Buffer.from(base64, "base64")] as const),
    ...Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const),
  ]);
  const without = (key: string) => missing(`configmap references non-existent config key: ${key}`);
  return files(contents, source, without).map((file) => ({ ...file, sensitive: false }));
}

/**
 * The same of a Secret.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/secret/secret.go (`MakePayload`)
 */
export function secretFiles(object: Secret | undefined, source: KeysSource): readonly VolumeFile[] {
  const { name, optional } = source;
  if (!object && !optional) throw missing(`secret "${name}" not found`);
  const contents = new Map(
    Object.entries(object?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, "base64")] as const),
  );
  const without = (key: string) => missing(`references non-existent secret key: ${key}`);
  return files(contents, source, without).map((file) => ({ ...file, sensitive: true }));
}

function files(
  contents: ReadonlyMap<string, Uint8Array>,
  { items, optional, mode }: KeysSource,
  without: (key: string) => ProviderError,
): readonly Omit<VolumeFile, "sensitive">[] {
  if (items.length === 0) return [...contents].map(([path, content]) => ({ path, content, mode }));
  return items.flatMap(({ key, path, mode: own = mode }) => {
    const content = contents.get(key);
    if (content === undefined && !optional) throw without(key);
    return content === undefined ? [] : [{ path, content, mode: own }];
  });
}

function missing(message: string): ProviderError {
  return new ProviderError("ConfigMissing", message);
}
