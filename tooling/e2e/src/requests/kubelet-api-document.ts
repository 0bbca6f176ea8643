import type { RouteSummary } from "@virtual-kubelet/kubelet-api";
import type { RequestRecord } from "./request-record.ts";

const introduction = `# The kubelet API

What a node answers on its port, 10250 if nothing else is said. This page is written from the
[table of routes](../packages/kubelet-api/src/routes.ts) and from what [tooling/e2e](../tooling/e2e) saw on the wire at a node:
\`npm run e2e -- --record kubectl-\` changes it.

## Routes

Whoever asks needs the right to do what stands under “may”, on the node: any one of the subresources is enough. What is not in this
table is 404.`;

export function kubeletApiDocument(routes: readonly RouteSummary[], records: readonly RequestRecord[]): string {
  const ordered = records.toSorted((a, b) => a.target.localeCompare(b.target, "en", { numeric: true }));
  return `${[introduction, routeTable(routes), ...kubectlSections(routes, ordered)].join("\n\n")}\n`;
}

function routeTable(routes: readonly RouteSummary[]): string {
  const rows = routes.map(({ path, methods, access: { verb, subresources }, streams }) => [
    `\`${path}\``,
    methods.join(", "),
    `${verb} ${subresources.map((name) => `nodes/${name}`).join(" or ")}`,
    streams ? "streams" : "an answer",
  ]);
  return table(["path", "methods", "may", "gives"], rows);
}

function kubectlSections(routes: readonly RouteSummary[], records: readonly RequestRecord[]): readonly string[] {
  if (records.length === 0) return [];
  const sections = records.flatMap(({ target, kubectls }) => {
    const rows = Object.entries(kubectls).flatMap(([version, seen]) =>
      routes.flatMap(({ path }) => (seen[path] ?? []).map(({ sent, got }) => [version, `\`${path}\``, sent, got])),
    );
    return [`### Kubernetes ${target}`, table(["kubectl", "path", "sent", "got"], rows)];
  });
  const heading = `## What each kubectl sends and gets

As it arrives at the node: the API server in between may have translated it.`;
  return [heading, ...sections];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
