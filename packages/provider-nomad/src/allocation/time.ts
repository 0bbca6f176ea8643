/** Nanoseconds since 1970 as RFC 3339; `undefined` for none. */
export function timeOf(nanoseconds: number | undefined): string | undefined {
  return nanoseconds ? new Date(nanoseconds / 1e6).toISOString() : undefined;
}

/** Nomad says never by the year 1. */
export function isTime(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && !text.startsWith("0001-");
}
