import { ProviderError } from "@virtual-kubelet/provider";
import type { EnvironmentSources } from "./environment-sources.ts";
import { textOf } from "./text-of.ts";

/** How a pod refers to a ConfigMap or a Secret. */
export interface ObjectReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name?: string;
  readonly optional?: boolean;
}

/** What a ConfigMap or a Secret has for variables. */
export interface ReferencedObject {
  keys(): readonly string[];
  /** `undefined` when there is no such key. Throws when its value is no text. */
  value(key: string): string | undefined;
}

/** The objects that a container's environment refers to, each as it was when it was first asked for. */
export class ReferencedObjects {
  readonly #sources: EnvironmentSources;
  readonly #objects = new Map<string, Promise<ReferencedObject | undefined>>();

  constructor(sources: EnvironmentSources) {
    this.#sources = sources;
  }

  /** `undefined` when it is optional and there is none; `ConfigMissing`, in kubelet's words, when it is not. */
  async find({ kind, name = "", optional }: ObjectReference): Promise<ReferencedObject | undefined> {
    const key = `${kind}/${name}`;
    const asked = this.#objects.get(key) ?? this.#read(kind, name);
    this.#objects.set(key, asked);
    const object = await asked;
    if (object || optional) return object;
    throw new ProviderError("ConfigMissing", `${kind.toLowerCase()} "${name}" not found`);
  }

  async #read(kind: ObjectReference["kind"], name: string): Promise<ReferencedObject | undefined> {
    // The API server lets a reference be without a name. To ask for it would be to ask for all.
    if (name === "") return undefined;
    if (kind === "ConfigMap") {
      const found = await this.#sources.configMap(name);
      return found && keyed(found.data, (value) => value);
    }
    const found = await this.#sources.secret(name);
    const { namespace } = this.#sources.pod.metadata;
    return (
      found &&
      keyed(found.data, (value, key) =>
        textOf(Buffer.from(value, "base64"), `The value of key ${key} in Secret ${namespace}/${name}`),
      )
    );
  }
}

function keyed(
  data: Readonly<Record<string, string>> = {},
  text: (value: string, key: string) => string,
): ReferencedObject {
  return {
    // A ConfigMap is kept with its keys in this order.
    keys: () => Object.keys(data).toSorted(),
    value: (key) => (Object.hasOwn(data, key) ? text(data[key] ?? "", key) : undefined),
  };
}
