import { endKilledRuns } from "@virtual-kubelet/e2e/run-folder";
import { runNotes } from "./command/run-notes.ts";

/** `node src/clean-up.ts`: ends what is left of runs that were killed. */
await endKilledRuns(runNotes);
