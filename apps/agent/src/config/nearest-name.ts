/**
 * The candidate that `name` was most likely meant to be; `undefined` when none is near. Case, hyphens, underscores and
 * dots do not count; otherwise one slip in three letters may, where a slip is a letter added, left out, changed, or
 * swapped with its neighbour.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const plainName = plain(name);
  let nearest: string | undefined;
  let nearestSlips = Math.max(1, Math.floor(plainName.length / 3)) + 1;
  for (const candidate of candidates) {
    const slips = countSlips(plainName, plain(candidate));
    if (slips < nearestSlips) [nearest, nearestSlips] = [candidate, slips];
  }
  return nearest;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, "");
}

/** The optimal string alignment distance. */
function countSlips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          changed,
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
