/** As Nomad counts: in nanoseconds. */
export function seconds(count: number): number {
  return count * 1_000_000_000;
}
