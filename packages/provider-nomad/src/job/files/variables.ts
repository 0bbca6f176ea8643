import { ProviderError } from "@virtual-kubelet/provider";
import type { NomadVariable } from "../../api/variable.ts";
import { variablePrefixOf } from "../identity.ts";
import { groupName } from "../group-name.ts";

/** 64 KiB of names and values, less some for names. */
const bytesPerVariable = 64 * 1024 - 1024;
const longestContent = (bytesPerVariable / 4) * 3;
/** As much as a ConfigMap, a Secret and some more. */
const mostVariables = 64;
/** So that no variable is empty, which Nomad does not take: a template waits for one that is not there. */
const mark = { _: "1" };

/** What tasks read, by key. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/**
 * Contents as a job's variables, each of them in one or cut over several. `count`: how many the job's templates read; as many as it
 * takes when absent. Every template looks into all of them, so that contents may grow and move.
 */
export function variablesFrom(jobId: string, contents: Contents, count?: number): readonly NomadVariable[] {
  const items: Record<string, string>[] = [];
  let used = bytesPerVariable;
  for (const [key, content] of contents) {
    for (let offset = 0; offset < content.length;) {
      if (used >= bytesPerVariable - 100 - key.length) {
        items.push({ ...mark });
        used = 0;
      }
      const room = Math.min(longestContent, Math.floor((bytesPerVariable - used - key.length) / 4) * 3);
      const piece = Buffer.from(content.subarray(offset, offset + room)).toString("base64");
      (items.at(-1) ?? {})[key] = piece;
      used += key.length + piece.length;
      offset += room;
    }
  }
  requireRoom(jobId, items.length, count);
  const length = count ?? (contents.size > 0 ? Math.max(1, items.length) : 0);
  return variablePaths(jobId, length).map((Path, index) => ({ Path, Items: items[index] ?? { ...mark } }));
}

function requireRoom(jobId: string, needed: number, count = mostVariables): void {
  if (needed <= count) return;
  throw new ProviderError(
    "InvalidInput",
    `The files and secrets of job ${jobId} take ${needed} variables of Nomad, of 64 KiB each, and it can read ${count}: make them smaller, or make the pod again.`,
  );
}

/** Nomad lets a task read the first two without a policy. */
export function variablePaths(jobId: string, count: number): readonly string[] {
  const prefix = variablePrefixOf(jobId);
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return prefix;
    return index === 1 ? `${prefix}/${groupName}` : `${prefix}/files-${index + 1}`;
  });
}

/** A template that gives a content as it is, byte for byte. */
export function contentTemplate(key: string, paths: readonly string[], filter = ""): string {
  return paths
    .map((path) => `{{ with nomadVar "${path}" }}{{ base64Decode (index . "${key}").Value${filter} }}{{ end }}`)
    .join("");
}
