import { nomadProgram } from "./program.ts";

/** `node src/main.ts`: builds Nomad if it is missing, and prints its path. */
const path = await nomadProgram({ say: (line) => process.stderr.write(`${line}\n`) });
process.stdout.write(`${path}\n`);
