/** A variable of Nomad's own store, encrypted at rest: `PUT /v1/var/<path>`. */
export interface NomadVariable {
  /** `nomad/jobs/<job>/…`; at most 128 of `A-Za-z0-9-_~/`. */
  readonly Path: string;
  /** At most 64 KiB in all, names and values. */
  readonly Items: Readonly<Record<string, string>>;
}
