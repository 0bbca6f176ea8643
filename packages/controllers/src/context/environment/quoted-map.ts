/**
 * Labels or annotations as kubelet writes a whole map of them: sorted, one `key="value"` a line.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/fieldpath/fieldpath.go (`FormatMap`)
 */
export function quotedMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${quoted(map[key] ?? "")}`)
    .join("\n");
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** What Go prints as it is: letters, marks, numbers, punctuation, symbols, and of all spaces the plain one. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu;

/**
 * A text between quotes, as Go writes it, which is not JSON. Characters younger than the Go of a kubelet are escaped there and
 * not here.
 *
 * @see https://pkg.go.dev/strconv#Quote
 */
function quoted(text: string): string {
  return `"${text.toWellFormed().replaceAll(unprintable, (character) => escapes[character] ?? escaped(character))}"`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const [letter, digits] = code < 0x80 ? ["x", 2] : code < 0x1_0000 ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}
