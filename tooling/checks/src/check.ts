/** One place where the repository is not as it promises to be, and what to do about it. */
export interface Violation {
  /** From the repository's root. */
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** The text of every file that git tracks or would track, by its path from the root. */
export type Files = ReadonlyMap<string, string>;

export interface Check {
  readonly name: string;
  /** What holds when the check passes, as a clause. */
  readonly promise: string;
  run(files: Files): readonly Violation[] | Promise<readonly Violation[]>;
}
