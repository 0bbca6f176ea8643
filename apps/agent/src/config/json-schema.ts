/** The parts of JSON Schema (draft 2020-12) that say which keys an object may have. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a JSON Schema says of the value in one place. */
export interface ObjectShape {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  /** No other keys are welcome. */
  readonly closed: boolean;
  /** What the values of other keys are, where those are welcome and described. */
  readonly rest?: JsonSchema;
  readonly items?: JsonSchema;
}

/**
 * The keys that the value in this place may have, by all of the schema's alternatives together. It is closed when it lists
 * keys and does not speak of others: a schema that drops what it does not know describes itself in that way.
 */
export function propertiesAt(root: JsonSchema, schema: JsonSchema): ObjectShape {
  const properties = new Map<string, JsonSchema>();
  let open = false;
  let sealed = false;
  let rest: JsonSchema | undefined;
  let items: JsonSchema | undefined;
  for (const part of alternatives(root, schema, new Set())) {
    for (const [key, child] of Object.entries(objectIn(part, "properties") ?? {}))
      properties.set(key, child as JsonSchema);
    const additional = part["additionalProperties"];
    if (part["patternProperties"] !== undefined) open = true;
    if (additional === false) sealed = true;
    if (additional === true || (typeof additional === "object" && additional !== null)) {
      open = true;
      if (typeof additional === "object") rest = additional as JsonSchema;
    }
    items ??= objectIn(part, "items");
  }
  return {
    properties,
    closed: !open && (sealed || properties.size > 0),
    ...(rest && { rest }),
    ...(items && { items }),
  };
}

/** The schema itself and all that it refers to without going deeper into the value. */
function* alternatives(root: JsonSchema, schema: JsonSchema, seen: Set<JsonSchema>): Generator<JsonSchema> {
  if (seen.has(schema)) return;
  seen.add(schema);
  yield schema;
  const { $ref } = schema;
  if (typeof $ref === "string") {
    const target = $ref === "#" ? root : pointer(root, $ref);
    if (target) yield* alternatives(root, target, seen);
  }
  for (const word of ["anyOf", "oneOf", "allOf"]) {
    const branches = schema[word];
    if (!Array.isArray(branches)) continue;
    for (const branch of branches)
      if (typeof branch === "object") yield* alternatives(root, branch as JsonSchema, seen);
  }
}

/** Follows `#/$defs/name`. */
function pointer(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (!ref.startsWith("#/")) return undefined;
  let part: JsonSchema | undefined = root;
  for (const step of ref.slice(2).split("/"))
    part = part && objectIn(part, step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return part;
}

function objectIn(schema: JsonSchema, key: string): JsonSchema | undefined {
  const value = schema[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : undefined;
}
