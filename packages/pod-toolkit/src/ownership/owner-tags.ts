import type { OwnerTags } from "./pod-owner.ts";
import { tagText } from "./tag-text.ts";

/** What a backend takes for tags: labels, meta, whatever it calls them. */
export interface TagRules {
  /** What each key begins with: `vk_` makes `vk_cluster`, `vk_node`, `vk_namespace`, `vk_name`, `vk_uid` and `vk_revision`. */
  readonly prefix: string;
  /** In characters; at least 16. */
  readonly maxValueLength: number;
  /** One character that may be in a value; printable ASCII when absent. It must allow small letters and digits. */
  readonly allowedInValue?: RegExp;
}

/**
 * Tags that say whose a pod is. A value that the backend would not take as it is, because it is too long or has other characters, is
 * written in hexadecimal digits, over several tags when needed: `vk_name`, `vk_name2`, …
 */
export function encodeOwnerTags(tags: OwnerTags, rules: TagRules): Readonly<Record<string, string>> {
  const text = tagText(rules);
  const encoded: Record<string, string> = {};
  for (const [field, value] of Object.entries(fieldsOf(tags))) {
    if (value === undefined) continue;
    for (const [index, piece] of text.encode(value).entries()) encoded[keyOf(rules, field, index)] = piece;
  }
  return encoded;
}

/**
 * Reads what `encodeOwnerTags` wrote, among whatever else is there. `undefined` when it is not there or is damaged; a damaged
 * revision is left out. What a longer value has left behind in later tags does no harm.
 */
export function decodeOwnerTags(tags: Readonly<Record<string, string>>, rules: TagRules): OwnerTags | undefined {
  const text = tagText(rules);
  const read = (field: string): string | undefined => text.decode((index) => tags[keyOf(rules, field, index)]);
  const [clusterId, nodeName, namespace] = [read("cluster"), read("node"), read("namespace")];
  const [name, uid, revision] = [read("name"), read("uid"), read("revision")];
  if (clusterId === undefined || nodeName === undefined || namespace === undefined) return undefined;
  if (name === undefined || uid === undefined) return undefined;
  return {
    owner: { clusterId, nodeName },
    pod: { namespace, name, uid },
    ...(revision === undefined ? {} : { revision }),
  };
}

function fieldsOf({ owner, pod, revision }: OwnerTags) {
  const { namespace, name, uid } = pod;
  return { cluster: owner.clusterId, node: owner.nodeName, namespace, name, uid, revision };
}

function keyOf({ prefix }: TagRules, field: string, index: number): string {
  return `${prefix}${field}${index === 0 ? "" : index + 1}`;
}
