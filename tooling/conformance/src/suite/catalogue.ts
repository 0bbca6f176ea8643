import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { areas } from "../cases/areas.ts";
import type { SuiteCase } from "../cases/suite-case.ts";
import { reportedCases } from "./ginkgo-report.ts";

export interface CatalogueOptions {
  /** The path of `e2e.test`. */
  readonly program: string;
  /** For files. */
  readonly folder: string;
}

/** The cases of our areas that the suite has, by area and name. */
export async function catalogue({ program, folder }: CatalogueOptions): Promise<SuiteCase[]> {
  const report = join(folder, "catalogue.json");
  await promisify(execFile)(program, ["--ginkgo.dry-run", `--ginkgo.json-report=${report}`], {
    cwd: folder,
    maxBuffer: 64 * 2 ** 20,
  });
  const all = reportedCases(await readFile(report, "utf8"));
  return all
    .filter(({ area }) => areas.includes(area))
    .map(({ name, area }) => ({ name, area }))
    .toSorted((a, b) => areas.indexOf(a.area) - areas.indexOf(b.area) || (a.name < b.name ? -1 : 1));
}
