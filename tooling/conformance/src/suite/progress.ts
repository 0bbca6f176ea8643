/** As ginkgo says with -v that a case has ended: `• [FAILED] [1.234 seconds]`, `S [SKIPPED] [0.02 seconds]`, `• [0.5 seconds]`. */
const ending = /^[•SP](?: \[(?<state>[A-Z!]+)\])? \[(?<seconds>[\d.]+) seconds\]$/;

/** Finds in what ginkgo prints, line for line, how far it is. */
export class Progress {
  readonly #total: number;
  #ended = 0;
  #found: { readonly state: string; readonly seconds: string } | undefined;

  /** @param total how many cases there are to be */
  constructor(total: number) {
    this.#total = total;
  }

  /** What to tell the user, if it is the line that names a case which has ended. */
  heard(line: string): string | undefined {
    const found = this.#found;
    this.#found = undefined;
    if (found) {
      this.#ended += 1;
      const sign = found.state === "" ? "✓" : found.state === "SKIPPED" ? "-" : "✗";
      return `${sign} ${this.#ended} of ${this.#total}, ${Math.round(Number(found.seconds))} s: ${withoutTags(line)}`;
    }
    const { state = "", seconds } = ending.exec(line)?.groups ?? {};
    if (seconds !== undefined) this.#found = { state, seconds };
    return undefined;
  }
}

/** After the name of a case come all of its labels, as a list; what failed in it is named within. */
function withoutTags(line: string): string {
  return line
    .trim()
    .replace(/ \[[^\]]*\]$/, "")
    .replace(" [It]", "");
}
