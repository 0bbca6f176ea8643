/** Prints what passed and what failed as it happens, and counts both. */
export class Report {
  readonly #print: (line: string) => void;
  #passed = 0;
  #failed = 0;

  constructor(options: { readonly print: (line: string) => void }) {
    this.#print = options.print;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Runs one check; what it returns is printed behind its title, what it throws below. Gives whether it passed. */
  async check(title: string, run: () => Promise<string | undefined>): Promise<boolean> {
    const start = performance.now();
    const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    try {
      const figures = await run();
      this.#passed += 1;
      this.#print(`✓ ${title}${figures ? `: ${figures}` : ""} (${seconds()})`);
      return true;
    } catch (error) {
      this.#failed += 1;
      const message = error instanceof Error ? error.message : String(error);
      this.#print(`✗ ${title} (${seconds()})\n    ${message.replaceAll("\n", "\n    ")}`);
      return false;
    }
  }

  end(): void {
    this.#print(`${this.#passed} passed, ${this.#failed} failed`);
  }
}
