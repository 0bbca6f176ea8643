import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { type DefinedProvider, type PodFeatures, type Translation, isProviderError } from "@virtual-kubelet/provider";
import { parseAllDocuments } from "yaml";
import { checkOptions } from "./config/check-options.ts";
import { readingProblem } from "./config/config-file.ts";
import { type Settings, throwMistakes } from "./config/settings.ts";
import { loadProvider } from "./load-provider.ts";
import { UsageError } from "./usage-error.ts";

/** What `virtual-kubelet translate` has to say. */
export interface TranslatedPods {
  /** The documents, as JSON one after the other. */
  readonly documents: string;
  /** What else there is to know of them, a line each. */
  readonly remarks: string;
  /** Whether a pod of them would not be run. */
  readonly isRefused: boolean;
}

/** Says what the pods of a file would become with the settings' provider; `-` is standard input. Touches nothing. */
export async function translatePods(settings: Settings, path: string): Promise<TranslatedPods> {
  const { config, directories, providerOptions } = settings;
  if (config.provider === undefined) throw new UsageError("Say which provider is to translate: --provider <name>.");
  const { provider } = await loadProvider(config.provider, directories);
  if (!provider.translate) {
    throw new UsageError(`The provider "${provider.providerName}" does not say what it makes of pods.`);
  }
  const { value: options, mistakes } = await checkOptions(provider.schema, providerOptions.value);
  if (mistakes) throwMistakes(providerOptions, mistakes);
  const translated = [];
  for (const pod of podsOf(path, await read(path))) translated.push(await translate(provider, pod, options));
  return {
    documents: translated.map(({ documents }) => documents).join(""),
    remarks: translated.map(({ remarks }) => remarks).join(""),
    isRefused: translated.some(({ isRefused }) => isRefused),
  };
}

async function translate(provider: DefinedProvider, pod: Pod, options: unknown): Promise<TranslatedPods> {
  const name = `${pod.metadata.namespace ?? "default"}/${pod.metadata.name ?? "pod"}`;
  let translation: Translation;
  try {
    translation = (await provider.translate?.(pod, options)) ?? { documents: [], notes: [] };
  } catch (error) {
    if (!isProviderError(error)) throw error;
    return { documents: "", remarks: `${name}: refused: ${error.message}\n`, isRefused: true };
  }
  const { documents, notes, features = [] } = translation;
  const asked = features.filter((row) => row.asks(pod));
  const lines = [
    ...documents.map((document) => `${name}: becomes ${document.name}`),
    ...notes.map((note) => `${name}: note: ${note}`),
    ...remarksOf(asked).map((remark) => `${name}: ${remark}`),
  ];
  return {
    documents: documents.map(({ content }) => `${JSON.stringify(content, undefined, 2)}\n`).join(""),
    remarks: lines.map((line) => `${line}\n`).join(""),
    isRefused: asked.some(({ support }) => support === "refused"),
  };
}

function remarksOf(asked: PodFeatures): readonly string[] {
  return asked.flatMap((row) => (row.support === "supported" ? [] : [`${row.support}: ${row.field}: ${row.reason}`]));
}

async function read(path: string): Promise<string> {
  if (path === "-") return textOf(process.stdin);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${readingProblem(error)}.`, { cause: error });
  }
}

/** JSON is YAML. Other objects of the file are no mistake: a pod often comes with its ConfigMap. */
function podsOf(path: string, text: string): readonly Pod[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new UsageError(`${path} is empty: it has to hold pods.`);
  const [error] = documents.flatMap((document) => document.errors);
  if (error) throw new UsageError(`${path}: not valid YAML: ${error.message.split("\n")[0]}`);
  const objects = documents.map((document): unknown => document.toJS());
  const pods = objects.filter(isPod);
  if (pods.length === 0) throw new UsageError(`${path} has no Pod in it: kubectl get pod <name> -o yaml gives one.`);
  return pods;
}

function isPod(object: unknown): object is Pod {
  if (typeof object !== "object" || object === null || !("kind" in object) || object.kind !== "Pod") return false;
  const { metadata, spec } = object as Partial<Pod>;
  return typeof metadata === "object" && Array.isArray(spec?.containers);
}
