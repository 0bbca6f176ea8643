import { Footnotes } from "./footnotes.ts";
import { type Row, table } from "./table.ts";
import type { RunRecord } from "./run-record.ts";

/** The test file whose cases are told by the version of kubectl. */
const skewFile = "kubectl-skew";
const skewCase = /^kubectl (?<version>1\.\d+): (?<does>.*)$/;

const introduction = `# Compatibility

What the end-to-end suite of [tooling/e2e](../tooling/e2e) found on each cluster. This page is written from its
[records](../tooling/e2e/records): \`npm run e2e -- --record\` changes it.

✓ works · ✗ fails · a number says what the case waits for or why it cannot run there · nothing: not tried yet`;

/** The page that tells what works with which version of Kubernetes and of kubectl. */
export function compatibilityDocument(records: readonly RunRecord[]): string {
  const footnotes = new Footnotes();
  const ordered = records.toSorted((a, b) => minorOf(a) - minorOf(b));
  const sections = [introduction, ...versions(ordered, footnotes), ...skew(ordered, footnotes)];
  return `${[...sections, footnotes.lines.join("\n")].join("\n\n")}\n`;
}

/** The embedded cluster comes first. */
function minorOf({ release = "1.0" }: RunRecord): number {
  return Number(release.split(".")[1]);
}

function headerOf({ target, release }: RunRecord): string {
  return release ?? target;
}

function versions(records: readonly RunRecord[], footnotes: Footnotes): readonly string[] {
  const files = distinct(records.flatMap((record) => Object.keys(record.files))).filter((file) => file !== skewFile);
  return [
    "## Kubernetes versions",
    ...files.toSorted().flatMap((file) => {
      // The newest knows the order of the cases best.
      const names = distinct(records.toReversed().flatMap((record) => Object.keys(record.files[file] ?? {})));
      const rows = names.map((name): Row => ({ name, cells: records.map((record) => record.files[file]?.[name]) }));
      const header = ["", ...records.map(headerOf)];
      return [`### ${title(file)}`, table(header, rows, footnotes).join("\n")];
    }),
  ];
}

function skew(records: readonly RunRecord[], footnotes: Footnotes): readonly string[] {
  const real = records.filter(({ release, files }) => release !== undefined && files[skewFile] !== undefined);
  const ends = distinct([real.at(0), real.at(-1)]).filter((record) => record !== undefined);
  const cases = ends
    .flatMap(({ files }) => Object.keys(files[skewFile] ?? {}))
    .map((name) => skewCase.exec(name)?.groups);
  const kubectls = distinct(cases.map((groups) => groups?.["version"] ?? ""));
  const columns = ends.flatMap((record) => kubectls.map((version) => ({ record, version })));
  const rows = distinct(cases.map((groups) => groups?.["does"] ?? "")).map((does): Row => ({
    name: does,
    cells: columns.map(({ record, version }) => record.files[skewFile]?.[`kubectl ${version}: ${does}`]),
  }));
  const header = ["", ...columns.map(({ record, version }) => `${version} on ${record.target}`)];
  return [
    "## kubectl versions",
    "Each kubectl with the oldest and the newest control plane.",
    table(header, rows, footnotes).join("\n"),
  ];
}

function title(file: string): string {
  return `${file.charAt(0).toUpperCase()}${file.slice(1)}`.replaceAll("-", " ");
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
