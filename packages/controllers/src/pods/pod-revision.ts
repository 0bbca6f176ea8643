import { createHash } from "node:crypto";
import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { PodChange } from "@virtual-kubelet/provider";
import type { PodRecord } from "./pod-record.ts";

const format = "v1:";
const digits = 6;

/** What of a pod may change while it runs, part by part. The order is part of the format. */
const parts: readonly (readonly [PodChange, (pod: Pod) => unknown])[] = [
  ["labels", ({ metadata }) => metadata.labels],
  ["annotations", ({ metadata }) => metadata.annotations],
  ["images", ({ spec }) => containersOf(spec).map(({ name, image }) => [name, image])],
  ["resources", ({ spec }) => containersOf(spec).map(({ name, resources }) => [name, resources])],
  ["activeDeadlineSeconds", ({ spec }) => spec.activeDeadlineSeconds],
  ["tolerations", ({ spec }) => spec.tolerations],
  ["ephemeralContainers", ({ spec }) => spec.ephemeralContainers],
];

/**
 * What `updatePod` can be given, in short: `v1:` and six characters of hash for each part, so that a backend's tag tells
 * after a restart not only that a pod has changed but what of it. Annotations in `except` are the provider's own.
 */
export function podRevision(
  pod: Pod,
  { except = new Set<string>() }: { readonly except?: ReadonlySet<string> } = {},
): string {
  const own = { ...pod, metadata: { ...pod.metadata, annotations: without(pod.metadata.annotations, except) } };
  return format + parts.map(([, valueOf]) => hash(valueOf(own))).join("");
}

/** The revision of a pod as the cluster wants it, without what its provider has written into it. */
export function revisionOf({ pod, observed }: PodRecord): string {
  const own = observed.type === "present" ? Object.keys(observed.state.annotations ?? {}) : [];
  return pod ? podRevision(pod, { except: new Set(own) }) : "";
}

/** What differs between two revisions. One that is absent or of another format counts as equal. */
export function changesBetween(given: string | undefined, wanted: string): readonly PodChange[] {
  if (!given?.startsWith(format) || given.length !== wanted.length) return [];
  return parts.flatMap(([change], index) => {
    const start = format.length + index * digits;
    const end = start + digits;
    return given.slice(start, end) === wanted.slice(start, end) ? [] : [change];
  });
}

function containersOf({ initContainers = [], containers }: Pod["spec"]): readonly Container[] {
  return [...initContainers, ...containers];
}

function without(record: Readonly<Record<string, string>> | undefined, names: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([name]) => !names.has(name)));
}

function hash(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("base64url").slice(0, digits);
}

/** JSON with sorted keys; an absent value, an empty list and an empty record are the same. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, nested: unknown) => {
      if (typeof nested !== "object" || nested === null || Array.isArray(nested)) return nested;
      return Object.fromEntries(Object.entries(nested).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    })?.replace(/^(\[\]|\{\})$/, "") ?? ""
  );
}
