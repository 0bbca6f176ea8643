import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatures } from "./pod-features.ts";
import type { ProviderContext } from "./provider-context.ts";
import { ProviderError } from "./provider-error.ts";
import type { Awaitable, Provider } from "./provider.ts";

/** A schema of options: checks them, and perhaps gives their JSON Schema for messages and documentation. zod 4 is one. */
export interface OptionsSchema<Input, Output> {
  readonly "~standard": StandardSchemaV1.Props<Input, Output> &
    Partial<Pick<StandardJSONSchemaV1.Props<Input, Output>, "jsonSchema">>;
}

/** What a pod becomes in a backend, for a person to read. */
export interface Translation {
  /** What would be sent, in its order. Nothing secret is in it. */
  readonly documents: readonly { readonly name: string; readonly content: unknown }[];
  /** Roundings, defaults, and what else there is to know. */
  readonly notes: readonly string[];
  /** What the provider makes of the fields of pods, with these options. */
  readonly features?: PodFeatures;
}

export interface ProviderDefinition<Input, Output> {
  /** Short, as in `--provider nomad`. */
  readonly name: string;
  readonly schema: OptionsSchema<Input, Output>;
  /** Makes the provider of one node. It may connect; it must not start pods. */
  create(options: Output, context: ProviderContext): Awaitable<Provider>;
  /**
   * Says what a pod would become, without touching anything. What only a cluster knows, a ConfigMap's data say, is not there: placeholders
   * stand for it. Throws as `createPod` would where the pod cannot be run.
   */
  translate?(pod: Pod, options: Output): Awaitable<Translation>;
}

/** Makes a provider once its node lends it a context. */
export type ProviderFactory = (context: ProviderContext) => Awaitable<Provider>;

/** What a provider package exports, under its own name and as `provider`. */
export interface DefinedProvider<Input = unknown, Output = unknown> {
  /** For code: `nomad({ address })`. */
  (options: Input): ProviderFactory;
  readonly providerName: string;
  readonly schema: OptionsSchema<Input, Output>;
  /** The version of the contract. */
  readonly apiVersion: 1;
  /** Of options that `schema` has given. */
  readonly translate?: (pod: Pod, options: Output) => Awaitable<Translation>;
}

/** Names a provider and says what options it takes, so that code and the agent make it in the same way. */
export function defineProvider<Input, Output>(
  definition: ProviderDefinition<Input, Output>,
): DefinedProvider<Input, Output> {
  const factoryOf =
    (input: Input): ProviderFactory =>
    async (context) => {
      const checked = await definition.schema["~standard"].validate(input);
      if (checked.issues) throw new ProviderError("InvalidInput", describeIssues(definition.name, checked.issues));
      return definition.create(checked.value, context);
    };
  return Object.assign(factoryOf, {
    providerName: definition.name,
    schema: definition.schema,
    apiVersion: 1 as const,
    ...(definition.translate ? { translate: definition.translate.bind(definition) } : {}),
  });
}

function describeIssues(name: string, issues: readonly StandardSchemaV1.Issue[]): string {
  const lines = issues.map(({ path = [], message }) => {
    const at = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return at ? `${at}: ${message}` : message;
  });
  return `The options of provider "${name}" are not valid: ${lines.join("; ")}`;
}
