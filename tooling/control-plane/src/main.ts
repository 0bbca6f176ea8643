import { binaries } from "./programs/binaries.ts";
import { controlPlanePrograms, type Program, programs } from "./programs/programs.ts";
import { defaultVersions } from "./versions.ts";

/** `node src/main.ts [version …] [program …]`: builds what is missing, and prints the paths. */
const args = process.argv.slice(2);
const isProgram = (text: string): text is Program => text in programs;
const versions = args.filter((text) => !isProgram(text));
const names = args.filter(isProgram);
for (const version of versions.length > 0 ? versions : defaultVersions) {
  const built = await binaries(version, {
    programs: names.length > 0 ? names : controlPlanePrograms,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  for (const path of Object.values(built)) process.stdout.write(`${path}\n`);
}
