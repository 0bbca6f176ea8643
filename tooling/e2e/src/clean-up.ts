import { endKilledRuns } from "./suite/run-folder.ts";

/** `node src/clean-up.ts`: ends what is left of runs that were killed. */
await endKilledRuns();
