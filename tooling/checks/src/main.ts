import { readRepository, repositoryRoot } from "./repository.ts";
import { checks } from "./rules/index.ts";
import { runChecks } from "./run-checks.ts";

const failed = await runChecks(checks, readRepository(repositoryRoot), console.log);
process.exitCode = failed === 0 ? 0 : 1;
