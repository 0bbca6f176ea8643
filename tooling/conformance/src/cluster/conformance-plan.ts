import type { RootDirectories } from "../images/root-directories.ts";
import type { SuiteRun } from "../suite/run-suite.ts";

/** What is to be done in the network of a run: all that was looked for, built and decided before. */
export interface ConformancePlan extends Omit<SuiteRun, "kubeconfig"> {
  readonly release: string;
  /** Where everything of the run is that ends with it. */
  readonly folder: string;
  readonly roots: RootDirectories;
}
