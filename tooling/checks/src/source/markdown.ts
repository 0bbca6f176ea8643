/** A fenced block of code. */
export interface CodeBlock {
  /** The first word after the fence: `ts`. */
  readonly language: string;
  /** The rest of that line. */
  readonly note: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The fenced blocks of a Markdown text, in order. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...fences(markdown.split("\n"))];
}

function* fences(lines: readonly string[]): Generator<CodeBlock & { readonly end: number }> {
  for (let index = 0; index < lines.length; index += 1) {
    const open = /^(?<indent>\s*)(?<fence>`{3,}|~{3,})\s*(?<language>[\w+-]*)\s*(?<note>.*)$/.exec(
      lines[index] ?? "",
    )?.groups;
    if (!open) continue;
    const { indent = "", fence = "", language = "", note = "" } = open;
    const close = lines.findIndex(
      (line, at) => at > index && line.trim().startsWith(fence) && line.trim().length >= fence.length,
    );
    const end = close < 0 ? lines.length : close;
    const code = lines
      .slice(index + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    yield { language, note: note.trim(), line: index + 2, code: code.join("\n"), end: end + 1 };
    index = end;
  }
}

/** The links and images of a Markdown text outside of code. A footnote is none. */
export function links(markdown: string): readonly Link[] {
  return proseLines(markdown).flatMap(({ text, line }) => {
    const inline = [...text.matchAll(/\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)/g)];
    const references = [...text.matchAll(/^\s*\[[^\]^][^\]]*\]:\s*<?([^>\s]+)>?/g)];
    return [...inline, ...references].map((match) => ({ target: match[1] ?? "", line }));
  });
}

/** The anchors that GitHub gives to the headings of a Markdown text, and those written as HTML. */
export function anchors(markdown: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const found = new Set<string>();
  for (const { text } of proseLines(markdown, { keepCode: true })) {
    for (const [, id] of text.matchAll(/<[a-z]+\s[^>]*\b(?:id|name)="([^"]+)"/g)) found.add(id ?? "");
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1];
    if (heading === undefined) continue;
    const slug = headingSlug(heading);
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return found;
}

function headingSlug(heading: string): string {
  const text = heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return text.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");
}

function proseLines(markdown: string, options?: { readonly keepCode: boolean }): { text: string; line: number }[] {
  const lines = markdown.split("\n");
  const code = new Set<number>();
  for (const { line, end } of fences(lines)) for (let at = line - 1; at <= end; at += 1) code.add(at);
  return lines.flatMap((text, index) => {
    if (code.has(index + 1)) return [];
    return [{ text: options?.keepCode ? text : text.replaceAll(/`[^`]*`/g, ""), line: index + 1 }];
  });
}
