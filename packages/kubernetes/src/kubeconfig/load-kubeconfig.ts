import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { parse } from "yaml";
import { KubernetesError } from "../client/kubernetes-error.ts";

/** An entry with what its file said about it and nothing understood, and the folder that its relative paths start from. */
export interface Entry<T> {
  readonly value: T;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly folder: string;
}

/** What one or several kubeconfig files say together. */
export interface Kubeconfig {
  /** What to call it in errors: `the kubeconfig PATH`. */
  readonly source: string;
  readonly currentContext: string | undefined;
  readonly clusters: readonly Entry<Cluster>[];
  readonly users: readonly Entry<User>[];
  readonly contexts: readonly Entry<Context>[];
}

export interface KubeconfigSource {
  /** A file, or several as in `KUBECONFIG`; absent: what `KUBECONFIG` says, else `~/.kube/config`. */
  readonly path?: string | undefined;
  /** The kubeconfig itself, instead of a file. Its relative paths start from the working directory. */
  readonly text?: string | undefined;
}

/** Reads and merges. As in kubectl the first file to say something wins, and of several files some may be missing. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<Kubeconfig> {
  if (source.text !== undefined)
    return parseKubeconfig(source.text, { name: "the given kubeconfig", folder: process.cwd() });
  const path = source.path ?? (process.env["KUBECONFIG"] || join(homedir(), ".kube", "config"));
  const alone = await loadFile(path);
  if (alone) return alone;
  const paths = path.split(delimiter).filter((part) => part !== "");
  const files = await Promise.all(paths.map(loadFile));
  const found = files.filter((file) => file !== undefined);
  if (found.length === 0) throw invalid(`there is no kubeconfig ${path}: give the path of one, or set KUBECONFIG`);
  return {
    source: `the kubeconfig ${path}`,
    currentContext: found.find((file) => file.currentContext !== undefined)?.currentContext,
    clusters: found.flatMap((file) => file.clusters),
    users: found.flatMap((file) => file.users),
    contexts: found.flatMap((file) => file.contexts),
  };
}

async function loadFile(path: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalid(`cannot read the kubeconfig ${path}: ${(cause as Error).message}`, cause);
  }
  return parseKubeconfig(text, { name: `the kubeconfig ${path}`, folder: dirname(resolve(path)) });
}

function parseKubeconfig(text: string, file: { readonly name: string; readonly folder: string }): Kubeconfig {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (cause) {
    const [where = ""] = (cause as Error).message.split("\n", 1);
    throw invalid(`${file.name} is not valid YAML: ${where}`, cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalid(
      `${file.name} is no kubeconfig: expected "apiVersion: v1, kind: Config" with clusters, users and contexts`,
    );
  }
  const config = parsed as Record<string, unknown>;
  const currentContext = config["current-context"];
  return {
    source: file.name,
    currentContext: typeof currentContext === "string" && currentContext !== "" ? currentContext : undefined,
    clusters: entries(config["clusters"], { part: "cluster", folder: file.folder, understand: newClusters }),
    users: entries(config["users"], { part: "user", folder: file.folder, understand: newUsers }),
    contexts: entries(config["contexts"], { part: "context", folder: file.folder, understand: newContexts }),
  };
}

interface EntryReading<T> {
  readonly part: "cluster" | "user" | "context";
  readonly folder: string;
  readonly understand: (list: unknown, options: { readonly onInvalidEntry: "filter" }) => T[];
}

/** One broken entry is no reason to refuse the others: it counts as missing. */
function entries<T>(list: unknown, reading: EntryReading<T>): Entry<T>[] {
  const { part, folder, understand } = reading;
  return (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const raw = (item as Record<string, unknown> | null)?.[part] ?? {};
    return understand([item], { onInvalidEntry: "filter" }).map((value) => ({
      value,
      folder,
      raw: raw as Record<string, unknown>,
    }));
  });
}

export function invalid(message: string, cause?: unknown): KubernetesError {
  return new KubernetesError("InvalidKubeconfig", message, { cause });
}
