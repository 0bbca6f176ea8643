/**
 * Keeps a label from taking ever new values when it comes from somewhere else: what exceeds `limit` different ones is
 * `other`.
 */
export function boundedLabel(limit = 50): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return "other";
    known.add(value);
    return value;
  };
}
