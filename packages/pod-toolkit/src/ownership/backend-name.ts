import { createHash } from "node:crypto";
import type { PodRef } from "@virtual-kubelet/provider";
import { leastCharacters, madeOf } from "./made-of.ts";
import type { PodOwner } from "./pod-owner.ts";

/** What a backend takes for a name. Names are in lower case by themselves: those of Kubernetes are. */
export interface NameRules {
  /** In characters. */
  readonly maxLength: number;
  /** One character that may be in a name: `/[a-z0-9-]/`. It must allow small letters and digits. */
  readonly allowed: RegExp;
  /** What each name begins with: `vk-`. A letter, where names must begin with one. */
  readonly prefix?: string;
}

const digestLength = 10;

/**
 * What a pod is called in a backend: `vk-default-web-nogt840iab`, as much of its namespace and name as there is room for, and 50 bits
 * of a hash of everything that tells it from other pods: cluster, node, namespace, name and UID. The same at any time, so that a
 * creation that is repeated meets what it made before.
 */
export function backendName(owner: PodOwner, pod: PodRef, rules: NameRules): string {
  const { maxLength, prefix = "" } = rules;
  const isAllowed = madeOf(rules.allowed);
  const digest = digestOf([owner.clusterId, owner.nodeName, pod.namespace, pod.name, pod.uid]);
  const ends = prefix + digest;
  if (ends.length > maxLength || !isAllowed(prefix + leastCharacters))
    throw new RangeError(
      `No name can be made by these rules: it takes "${prefix}", small letters and digits, ${ends.length} of them, and they allow ${maxLength} of ${rules.allowed}`,
    );
  const separator = ["-", "_", "."].find(isAllowed) ?? "";
  const room = Math.max(0, maxLength - ends.length - separator.length);
  const readable = readableOf(`${pod.namespace}-${pod.name}`, separator, room);
  return readable === "" ? ends : `${prefix}${readable}${separator}${digest}`;
}

/** Separators never stand at an end or beside each other: many backends do not take that. */
function readableOf(text: string, separator: string, room: number): string {
  const words = text.split(/[^a-z0-9]+/).filter((word) => word !== "");
  const cut = words.join(separator).slice(0, room);
  return separator !== "" && cut.endsWith(separator) ? cut.slice(0, -1) : cut;
}

/** Each part is preceded by its length, so that no two lists of parts are the same text. */
function digestOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  const bits = BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 13)}`) >> 2n;
  return bits.toString(32).padStart(digestLength, "0");
}
