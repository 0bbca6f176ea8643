import type { Check, Violation } from "../check.ts";
import { lineAt } from "../workspace.ts";

interface Pattern {
  readonly pattern: RegExp;
  readonly message: string;
}

const everywhere: readonly Pattern[] = [
  {
    pattern: /(?<![\w.-])\/(?:work|farm|home\/\w+|Users\/\w+)\/[a-z.]/g,
    message: "is a path of one machine: write it relative to the repository.",
  },
  {
    pattern:
      /registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org|pypi\.org\/simple|files\.pythonhosted\.org|repo1?\.maven\.org/g,
    message: "is the host of a registry: leave that to the client and its configuration.",
  },
];

const inLockfiles: readonly Pattern[] = [
  {
    pattern: /"resolved":|\btarball: ?http|https?:\/\/\S+\.tgz/g,
    message: "is a registry's address: write the lockfile without them.",
  },
];

/** Nothing in the repository depends on where it was written. */
export const plainText: Check = {
  name: "plain-text",
  promise: "no file holds a path of one machine or a registry's address, no test is skipped without a reason",
  run: (files) => [...files].flatMap(([path, text]) => [...fileViolations(path, text)]),
};

function* fileViolations(path: string, text: string): Generator<Violation> {
  const patterns = /(^|\/)(pnpm-lock\.yaml|package-lock\.json)$/.test(path)
    ? [...everywhere, ...inLockfiles]
    : everywhere;
  for (const { pattern, message } of patterns) {
    for (const match of text.matchAll(pattern))
      yield { path, line: lineAt(text, match.index), message: `"${match[0]}" ${message}` };
  }
  if (path.endsWith(".test.ts")) yield* narrowedTests(path, text.split("\n"));
}

function* narrowedTests(path: string, lines: readonly string[]): Generator<Violation> {
  for (const [index, line] of lines.entries()) {
    const narrowed = /^\s*(?:it|test|describe|suite)(?:\.\w+)*\.(?<how>only|skip|todo|fails)\b/.exec(line)?.groups?.[
      "how"
    ];
    if (narrowed === "only")
      yield { path, line: index + 1, message: ".only leaves the other tests out: take it away." };
    else if (narrowed && !/\/\/ \S/.test(`${lines[index - 1] ?? ""}\n${line}`)) {
      yield {
        path,
        line: index + 1,
        message: `.${narrowed} needs a comment that says why, on this line or the one before.`,
      };
    }
  }
}
