import { endKilledRuns } from "./command/run-folder.ts";

/** `node src/clean-up.ts`: ends what is left of runs that were killed. */
await endKilledRuns();
