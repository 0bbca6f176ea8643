import { UsageError } from "./usage-error.ts";

/** One name, in the ways that code writes it. */
export interface ProviderNames {
  /** `acme-cloud`: what `--provider` takes. */
  readonly slug: string;
  /** `acmeCloud` */
  readonly camel: string;
  /** `AcmeCloud` */
  readonly pascal: string;
  /** `ACME_CLOUD` */
  readonly upper: string;
}

/** What would be something else where the name is put. */
const taken = new Set(
  "provider options client index features await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

/** Throws a `UsageError` when it is no name of a provider. */
export function providerNames(slug: string): ProviderNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(slug) || slug.length > 40) {
    throw new UsageError(
      `"${slug}" cannot be the name of a provider: use at most 40 small letters and digits, with single dashes, such as "acme-cloud".`,
    );
  }
  if (taken.has(slug)) throw new UsageError(`"${slug}" is a word of the code that is made: use another name.`);
  const words = slug.split("-");
  const pascal = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  const camel = pascal.slice(0, 1).toLowerCase() + pascal.slice(1);
  return { slug, camel, pascal, upper: words.join("_").toUpperCase() };
}
