/**
 * Replaces `$(NAME)` in a container's command, arguments and environment as Kubernetes does: `$$` stands for one `$`, so that
 * `$$(NAME)` stays as `$(NAME)`; a reference that `lookup` does not know, or that is not closed, stays as it is; what
 * comes in is not expanded again.
 *
 * Source: kubernetes/third_party/forked/golang/expansion.
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  let expanded = "";
  let rest = 0;
  // Looked for once only: an author of pods could hold up the whole node with many references that nothing closes.
  const lastClosing = text.lastIndexOf(")");
  for (let at = text.indexOf("$"); at >= 0 && at + 1 < text.length; at = text.indexOf("$", rest)) {
    expanded += text.slice(rest, at);
    const next = text[at + 1];
    const end = next === "(" && at < lastClosing ? text.indexOf(")", at + 2) : -1;
    if (end >= 0) {
      expanded += lookup(text.slice(at + 2, end)) ?? text.slice(at, end + 1);
      rest = end + 1;
    } else {
      expanded += next === "$" ? "$" : text.slice(at, at + 2);
      rest = at + 2;
    }
  }
  return expanded + text.slice(rest);
}
