import { globSync, readFileSync, writeFileSync } from "node:fs";

// tsc leaves the `.ts` of relative imports as it is in declarations; what is published has `.js` files (and `.d.ts` beside them) only.
const relativeImport = /((?:from|import)\s*\(?\s*"\.{1,2}\/[^"]*)\.ts"/g;

for (const file of globSync("dist/**/*.d.ts")) {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(relativeImport, '$1.js"'));
}
