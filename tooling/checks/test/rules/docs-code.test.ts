import { expect, test } from "vitest";
import { docsCode } from "../../src/rules/docs-code.ts";
import { violations } from "../fixture.ts";

const fence = "```";
const block = (code: string, note = "ts"): string => `# Title\n\n${fence}${note}\n${code}\n${fence}\n`;

test("type-checks the blocks of documents and opening comments, each as a module of its own", async () => {
  const found = await violations(docsCode, {
    "README.md": block(
      'import { ProviderError } from "@virtual-kubelet/provider";\nconst error = new ProviderError("NotFound", "no pod");',
    ),
    "docs/a.md": `${block("// answer.ts\nexport const answer: number = 42;")}${block('import { answer } from "./answer.ts";\nconst error = answer + 1;')}`,
    "docs/b.md": block("const answer: number = true;", "ts fragment: it shows the mistake"),
    "packages/a/README.md": block("not TypeScript at all", "sh"),
    "packages/a/src/index.ts": `/**\n * For a.\n * ${fence}ts\n * const a: string = 1;\n * ${fence}\n */\nexport {};`,
    "docs/c.md": block('import { nothing } from "@virtual-kubelet/provider";'),
    "docs/d.md": block("later", "ts fragment"),
  });
  expect(found.toSorted()).toEqual([
    expect.stringMatching(/^docs\/c\.md:4 TS2305/),
    expect.stringMatching(/^docs\/d\.md:3 a fragment needs its reason/),
    expect.stringMatching(/^packages\/a\/src\/index\.ts:4 TS2322/),
  ]);
});
