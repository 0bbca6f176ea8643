/** Reasons, each told once at the end of the page. */
export class Footnotes {
  readonly #texts: string[] = [];

  /** The mark that stands for it in the text. */
  mark(text: string): string {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return `[^${this.#texts.indexOf(text) + 1}]`;
  }

  get lines(): readonly string[] {
    return this.#texts.map((text, index) => `[^${index + 1}]: ${sentence(text)}`);
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
