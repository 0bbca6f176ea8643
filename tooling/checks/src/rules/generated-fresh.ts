import { conformanceDocument } from "../../../conformance/src/results/conformance-document.ts";
import type { ConformanceRecord } from "../../../conformance/src/results/conformance-record.ts";
import { compatibilityDocument } from "../../../e2e/src/compatibility/compatibility-document.ts";
import type { RunRecord } from "../../../e2e/src/compatibility/run-record.ts";
import { kubeletApiDocument } from "../../../e2e/src/requests/kubelet-api-document.ts";
import type { RequestRecord } from "../../../e2e/src/requests/request-record.ts";
import { reliabilityDocument } from "../../../faults/src/results/reliability-document.ts";
import type { ScenarioRecord } from "../../../faults/src/results/scenario-record.ts";
import { routeTable } from "@virtual-kubelet/kubelet-api";
import { kubernetesObjects } from "../../../generate/src/kubernetes-objects.ts";
import type { Check, Files, Violation } from "../check.ts";

export interface GeneratedFile {
  readonly path: string;
  readonly generate: (files: Files) => string;
  /** What writes it: the name of a tool, and how it is started. */
  readonly tool: string;
}

const kubernetesObjectTypes: GeneratedFile = {
  path: "packages/kubernetes/src/objects/generated/kubernetes-objects.ts",
  generate: kubernetesObjects,
  tool: "tooling/generate gives: pnpm --filter @virtual-kubelet/generate generate",
};

const compatibility: GeneratedFile = {
  path: "docs/compatibility.md",
  generate: (files) =>
    compatibilityDocument(jsonIn(files, /^tooling\/e2e\/records\/[^/]+\.json$/) as readonly RunRecord[]),
  tool: "the records of tooling/e2e say: pnpm --filter @virtual-kubelet/e2e compatibility",
};

const conformance: GeneratedFile = {
  path: "docs/conformance.md",
  generate: (files) => {
    const [record] = jsonIn(
      files,
      /^tooling\/conformance\/records\/conformance\.json$/,
    ) as readonly ConformanceRecord[];
    return record ? conformanceDocument(record) : "";
  },
  tool: "the record of tooling/conformance says: pnpm --filter @virtual-kubelet/conformance document",
};

const kubeletApi: GeneratedFile = {
  path: "docs/kubelet-api.md",
  generate: (files) =>
    kubeletApiDocument(
      routeTable,
      jsonIn(files, /^tooling\/e2e\/records\/requests\/[^/]+\.json$/) as readonly RequestRecord[],
    ),
  tool: "the table of routes and the records of tooling/e2e say: pnpm --filter @virtual-kubelet/e2e kubelet-api",
};

const reliability: GeneratedFile = {
  path: "docs/reliability.md",
  generate: (files) =>
    reliabilityDocument(
      files.get("docs/reliability.md") ?? "",
      jsonIn(files, /^tooling\/faults\/records\/scenarios\.json$/).flat() as readonly ScenarioRecord[],
    ),
  tool: "the record of tooling/faults says: pnpm --filter @virtual-kubelet/faults reliability",
};

/** A check that the committed text of each generated file is what its generator gives now. */
export function generatedFresh(generated: readonly GeneratedFile[]): Check {
  return {
    name: "generated-fresh",
    promise: "generated files are what their generators give",
    run: (files) => generated.flatMap((file) => differences(file, files)),
  };
}

export const generatedFilesFresh: Check = generatedFresh([
  kubernetesObjectTypes,
  compatibility,
  conformance,
  kubeletApi,
  reliability,
]);

function differences({ path, generate, tool }: GeneratedFile, files: Files): Violation[] {
  const committed = (files.get(path) ?? "").split("\n");
  const generated = generate(files).split("\n");
  const differs = generated.findIndex((line, index) => line !== committed[index]);
  if (differs < 0 && committed.length === generated.length) return [];
  const line = (differs < 0 ? generated.length : differs) + 1;
  return [{ path, line, message: `is not what ${tool}.` }];
}

function jsonIn(files: Files, paths: RegExp): readonly unknown[] {
  return [...files].filter(([path]) => paths.test(path)).map(([, text]): unknown => JSON.parse(text));
}
