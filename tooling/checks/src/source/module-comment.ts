/** The text of the documentation comment that a module opens with, one line for each of its lines, so that line numbers stay. */
export function moduleComment(source: string): string | undefined {
  const comment = /^(?:#![^\n]*\n)?\/\*\*(?<text>[\s\S]*?)\*\//.exec(source)?.groups?.["text"];
  if (comment === undefined) return undefined;
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n");
}
