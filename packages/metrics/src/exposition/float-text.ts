/**
 * A number as Go's Prometheus library writes it: the shortest digits that give it back, with an exponent from a million
 * up and below a ten-thousandth.
 *
 * Source: prometheus/common expfmt/text_create.go writeFloat, and strconv.FormatFloat with 'g' and -1.
 */
export function floatText(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  // At least two digits of exponent, where JavaScript writes as many as there are.
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
