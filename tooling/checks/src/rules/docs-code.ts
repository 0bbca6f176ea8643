import type { Check, Files, Violation } from "../check.ts";
import { codeBlocks } from "../source/markdown.ts";
import { moduleComment } from "../source/module-comment.ts";
import { type Example, typeErrors } from "../source/type-errors.ts";

/** Every TypeScript block in the documentation, and in the opening comments of index files, is type-checked. */
export const docsCode: Check = {
  name: "docs-code",
  promise: "every ts block in the documentation is a module that type-checks",
  run: async (files) => {
    const examples = documentedExamples(files);
    const whole = examples.filter(({ note }) => !note.startsWith("fragment"));
    return [...fragmentViolations(examples), ...(await typeErrors(whole))];
  },
};

function documentedExamples(files: Files): readonly Example[] {
  return [...files].flatMap(([path, text]) => {
    const isIndex = /^(packages|apps)\/[^/]+\/src\/index\.ts$/.test(path);
    const markdown = isIndex ? (moduleComment(text) ?? "") : isDocument(path) ? text : "";
    return codeBlocks(markdown)
      .filter(({ language }) => /^(ts|typescript)$/.test(language))
      .map((block) => ({ path, ...block }));
  });
}

function isDocument(path: string): boolean {
  return /^(README|ARCHITECTURE|CONTRIBUTING|SCOPE)\.md$|^docs\/.*\.md$|^(packages|apps|examples)\/[^/]+\/README\.md$/.test(
    path,
  );
}

function fragmentViolations(examples: readonly Example[]): Violation[] {
  return examples
    .filter(({ note }) => /^fragment\W*$/.test(note))
    .map(({ path, line }) => ({
      path,
      line: line - 1,
      message: 'a fragment needs its reason: "```ts fragment: why it is not whole".',
    }));
}
