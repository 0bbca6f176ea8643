import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that need the machine for themselves: numbers that must be true, and streams that take all there is. */
const last = ["metrics.test.ts", "nomad-load.test.ts", "kubectl-streams.test.ts"];

/** Starts those files when the others have gone far: what waits for a cluster would wait in vain beside them. */
export class LoadLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- It is the sequencer's.
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  return last.findIndex((name) => moduleId.endsWith(`/${name}`));
}
