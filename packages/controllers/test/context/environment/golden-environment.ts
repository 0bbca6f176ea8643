import { readFileSync, readdirSync } from "node:fs";
import type { ConfigMap, Pod, Secret, Service } from "@virtual-kubelet/kubernetes";
import type { Variable } from "@virtual-kubelet/provider";
import type { EnvironmentSources } from "../../../src/context/environment/environment-sources.ts";
import { podOf } from "../../pod-builder.ts";

/** A pod and what it refers to, as a file says it. */
interface Given extends Partial<Pick<EnvironmentSources, "addresses" | "allocatable" | "apiServer">> {
  readonly about: string;
  readonly pod: { readonly metadata?: Partial<Pod["metadata"]>; readonly spec: Pod["spec"] };
  /** The first one when absent. */
  readonly container?: string;
  readonly configMaps?: readonly ConfigMap[];
  readonly secrets?: readonly Secret[];
  readonly services?: readonly Service[];
  /** Texts by `volume/path`. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface GoldenEnvironment {
  readonly about: string;
  readonly sources: EnvironmentSources;
  /** As `shownVariables` shows them. */
  readonly text: string;
}

/** The pairs of the folder `golden`: `x.json` is what is given, `x.txt` what has to come of it, as a kubelet has it. */
export function goldenEnvironments(): readonly GoldenEnvironment[] {
  const root = new URL("golden/", import.meta.url);
  const read = (file: string): string => readFileSync(new URL(file, root), "utf8");
  return readdirSync(root)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const given = JSON.parse(read(file)) as Given;
      const text = read(file.replace(/json$/, "txt"));
      return { about: given.about, sources: sourcesOf(given), text };
    });
}

/** One a line: `NAME="value"`, and `secret` before those that are. */
export function shownVariables(variables: readonly Variable[]): string {
  return variables
    .map(({ name, value, sensitive }) => `${sensitive ? "secret " : ""}${name}=${JSON.stringify(value)}\n`)
    .join("");
}

function sourcesOf(given: Given): EnvironmentSources {
  const pod = podOf(given.pod);
  const { containers, initContainers = [] } = pod.spec;
  const wanted = given.container ?? containers[0]?.name;
  const container = [...containers, ...initContainers].find(({ name }) => name === wanted);
  if (!container) throw new Error(`"${given.about}" has no container ${wanted}`);
  const { namespace } = pod.metadata;
  const placed = <T extends Service | ConfigMap | Secret>(objects: readonly T[] = []): T[] =>
    objects.map((object) => ({ ...object, metadata: Object.assign({ namespace }, object.metadata) }));
  const named =
    <T extends ConfigMap | Secret>(objects: readonly T[] = []) =>
    async (name: string) =>
      objects.find(({ metadata }) => metadata.name === name);
  const { files, apiServer, addresses = {}, allocatable = {} } = given;
  return {
    pod,
    container,
    addresses,
    allocatable,
    apiServer,
    files: files && { read: async (volume, path) => bytesOf(files[`${volume}/${path}`]) },
    configMap: named(given.configMaps),
    secret: named(given.secrets),
    services: async () => placed(given.services),
  };
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}
