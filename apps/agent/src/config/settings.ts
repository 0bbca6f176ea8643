import { dirname, resolve } from "node:path";
import { isPath } from "../provider-package.ts";
import { UsageError } from "../usage-error.ts";
import { checkOptions, mistakeText, type Mistake } from "./check-options.ts";
import { readConfigFile, type ConfigFile } from "./config-file.ts";
import { configSchema, fileKeys, taintEffects, type Config } from "./config-schema.ts";
import { nearestName } from "./nearest-name.ts";
import { flagOf, settingsTable, variableOf, type Setting } from "./settings-table.ts";

/** What the agent was told, from all sources: flags before environment before config file. Paths are absolute. */
export interface Settings {
  readonly config: Config;
  /** Where the provider's options come from, read but not yet checked. */
  readonly providerOptions: ConfigFile;
  /** Where to look for the provider's package, first to last. */
  readonly directories: readonly string[];
  /** Things that are probably not meant. */
  readonly warnings: readonly string[];
}

export interface SettingsSources {
  /** Flag texts by the setting's key. */
  readonly flags: Readonly<Partial<Record<string, string>>>;
  readonly environment: Readonly<Partial<Record<string, string>>>;
  readonly workingDirectory: string;
  /** The config file, if one was named. */
  readonly file?: string;
}

/** Reads and checks all sources. Throws a `UsageError` that names the flag, the variable, or the file and line. */
export async function resolveSettings(sources: SettingsSources): Promise<Settings> {
  const { flags, environment, workingDirectory } = sources;
  const file = sources.file === undefined ? undefined : await readConfigFile(resolve(workingDirectory, sources.file));
  const fromFile = file ? absolute(await checkedFile(file), dirname(file.path)) : {};
  const fromEnvironment = absolute(await checkedTexts(environmentTexts(environment)), workingDirectory);
  const fromFlags = absolute(await checkedTexts(flagTexts(flags)), workingDirectory);
  const config = { ...fromFile, ...fromEnvironment, ...fromFlags };
  const taints =
    fromFlags.taints ?? fromEnvironment.taints ?? goTaints(environment, config.provider) ?? fromFile.taints;
  return {
    config: taints ? { ...config, taints } : config,
    providerOptions: await providerOptionsOf(config, file),
    directories: [...new Set([...(file ? [dirname(file.path)] : []), workingDirectory])],
    warnings: misspelled(environment),
  };
}

/** Throws a `UsageError` that says all mistakes, one a line, each with its place in the file. */
export function throwMistakes(file: ConfigFile, mistakes: readonly Mistake[]): never {
  throw new UsageError(mistakes.map((mistake) => `${file.where(mistake.path)}: ${mistakeText(mistake)}`).join("\n"));
}

async function checkedFile(file: ConfigFile): Promise<Config> {
  const { value, mistakes } = await checkOptions(configSchema, file.value);
  return mistakes ? throwMistakes(file, mistakes) : value;
}

interface SettingText {
  readonly setting: Setting;
  /** The flag or the variable. */
  readonly name: string;
  readonly text: string;
}

function flagTexts(flags: SettingsSources["flags"]): SettingText[] {
  return settingsTable.flatMap((setting) => {
    const text = flags[setting.key];
    return text === undefined ? [] : [{ setting, name: flagOf(setting), text }];
  });
}

function environmentTexts(environment: SettingsSources["environment"]): SettingText[] {
  return settingsTable.flatMap((setting) => {
    for (const name of [variableOf(setting), setting.goVariable]) {
      const text = name && environment[name];
      // Kubernetes sets KUBELET_PORT=tcp://… by itself in namespaces that have a Service of that name.
      if (name && text && !text.startsWith("tcp://")) return [{ setting, name, text }];
    }
    return [];
  });
}

async function checkedTexts(texts: readonly SettingText[]): Promise<Config> {
  const values: Record<string, unknown> = {};
  for (const { setting, name, text } of texts) {
    try {
      values[setting.key] = setting.read ? setting.read(text) : text;
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${name}: ${error.message}.`) : error;
    }
  }
  const { value, mistakes } = await checkOptions(configSchema, values);
  if (!mistakes) return value;
  const nameOf = (mistake: Mistake): string => texts.find(({ setting }) => setting.key === mistake.path[0])?.name ?? "";
  throw new UsageError(mistakes.map((mistake) => `${nameOf(mistake)}: ${mistake.problem}`).join("\n"));
}

/** The Go original's three variables for its one taint. */
function goTaints(environment: SettingsSources["environment"], provider = ""): Config["taints"] {
  const { VKUBELET_TAINT_KEY: key, VKUBELET_TAINT_VALUE: value, VKUBELET_TAINT_EFFECT: effect } = environment;
  if (!key && !value && !effect) return undefined;
  const known = taintEffects.find((name) => name === (effect || "NoSchedule"));
  if (!known) throw new UsageError(`VKUBELET_TAINT_EFFECT: must be one of ${taintEffects.join(", ")}.`);
  return [{ key: key || "virtual-kubelet.io/provider", value: value || provider, effect: known }];
}

function absolute(config: Config, directory: string): Config {
  const paths = Object.fromEntries(
    fileKeys.flatMap((key) => (config[key] ? [[key, resolve(directory, config[key])]] : [])),
  );
  const { provider } = config;
  return {
    ...config,
    ...paths,
    ...(provider && isPath(provider) ? { provider: resolve(directory, provider) } : {}),
  };
}

async function providerOptionsOf(config: Config, file: ConfigFile | undefined): Promise<ConfigFile> {
  if (config.providerConfig && config.providerOptions) {
    throw new UsageError(
      `The provider's options are given twice, as "providerOptions" in ${file?.path} and in ${config.providerConfig}: keep one of them.`,
    );
  }
  if (config.providerConfig) return readConfigFile(config.providerConfig);
  const { providerOptions: value = {} } = config;
  const key = "providerOptions";
  return {
    path: file?.path ?? "the provider's options",
    value,
    where: (path) => file?.where([key, ...path]) ?? "the provider's options",
  };
}

/** Variables that are nearly ours. Others of the kind are left alone: Kubernetes sets some for a Service named virtual-kubelet. */
function misspelled(environment: SettingsSources["environment"]): string[] {
  const known = [...settingsTable.map(variableOf), "VIRTUAL_KUBELET_CONFIG"];
  const prefix = "VIRTUAL_KUBELET_";
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name) && !/_(SERVICE|PORT)(_|$)/.test(name))
    .flatMap((name) => {
      const rests = known.map((each) => each.slice(prefix.length));
      const nearest = nearestName(name.slice(prefix.length), rests);
      return nearest
        ? [`The environment variable ${name} means nothing to the agent; did you mean ${prefix}${nearest}?`]
        : [];
    });
}
