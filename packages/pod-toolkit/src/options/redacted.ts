const hidden = "[redacted]";

/** `https://user:secret@host`: what stands between the scheme and the host, in each address of a text. */
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]+@/gi;

/**
 * Options as they may be logged: without the values of properties of the given names, at any depth, and without users and passwords in
 * addresses. What is not set stays so.
 */
export function redacted(options: unknown, secretNames: readonly string[]): unknown {
  if (typeof options === "string") return options.replace(userInfo, `$1${hidden}@`);
  if (Array.isArray(options)) return options.map((entry) => redacted(entry, secretNames));
  if (typeof options !== "object" || options === null || !isPlain(options)) return options;
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      secretNames.includes(name) && value !== undefined ? hidden : redacted(value, secretNames),
    ]),
  );
}

/** Some parsers make objects without a prototype. */
function isPlain(options: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(options);
  return prototype === Object.prototype || prototype === null;
}
