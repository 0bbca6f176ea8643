import { type Rate, goals } from "./result.ts";

const [barHeight, gap, labelWidth, fullWidth, right] = [18, 6, 300, 400, 70];

/** A bar for each rate that was measured, as a part of a plain TLS connection's; a line where the goal is. SVG. */
export function ratesChart(rates: readonly Rate[]): string {
  const bars = rates.flatMap(({ what, over, way, bytesPerSecond, plainBytesPerSecond }) =>
    bytesPerSecond === undefined || plainBytesPerSecond === undefined
      ? []
      : [{ label: `${what}, ${over}, ${way}`, part: bytesPerSecond / plainBytesPerSecond, isGoal: way === "direct" }],
  );
  const most = Math.max(1, ...bars.map(({ part }) => part));
  const x = (part: number): number => labelWidth + (part / most) * fullWidth;
  const height = bars.length * (barHeight + gap) + gap;
  const rows = bars.flatMap(({ label, part, isGoal }, index) => {
    const y = gap + index * (barHeight + gap);
    const colour = !isGoal ? "#9aa5b1" : part >= goals.ratio ? "#2f855a" : "#c05621";
    const width = (x(part) - labelWidth).toFixed(1);
    return [
      `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${label}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${width}" height="${barHeight}" fill="${colour}"/>`,
      `<text x="${(x(part) + 6).toFixed(1)}" y="${y + 13}">${part.toFixed(2)}</text>`,
    ];
  });
  const goal = x(goals.ratio).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + fullWidth + right}" height="${height}" font-family="sans-serif" font-size="12">`,
    ...rows,
    `<line x1="${goal}" y1="0" x2="${goal}" y2="${height}" stroke="#1a202c" stroke-dasharray="4 3"/>`,
    "</svg>",
    "",
  ].join("\n");
}
