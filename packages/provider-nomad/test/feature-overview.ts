import { nomadFeatures } from "../src/features.ts";
import { type NomadDriver, drivers } from "../src/job/drivers.ts";
import { plainOptions } from "../src/options.ts";

/** A field that not every driver gives to every pod. */
interface Limited {
  readonly field: string;
  /** By driver. */
  readonly answers: readonly string[];
  readonly reasons: readonly string[];
}

/** What the drivers make of the fields of pods, as a table of Markdown: only what is not given everywhere. */
export function featureOverview(): string {
  const features = new Map(drivers.map((driver) => [driver, nomadFeatures(plainOptions.parse({ driver }))]));
  const fields = [...new Set([...features.values()].flat().map(({ field }) => field))];
  const limited = fields.map((field): Limited => {
    const all = drivers.map((driver) => answerOf(features.get(driver) ?? [], field));
    return {
      field,
      answers: all.map(({ answer }) => answer),
      reasons: [...new Set(all.flatMap(({ reasons }) => reasons))],
    };
  });
  const rows = merged(limited.filter(({ reasons }) => reasons.length > 0));
  const head = ["Field", ...drivers.map((driver: NomadDriver) => `\`${driver}\``), "Why"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function answerOf(features: ReturnType<typeof nomadFeatures>, field: string) {
  const rows = features.filter((row) => row.field === field);
  const limits = rows.flatMap((row) => (row.support === "supported" ? [] : [row]));
  const words = [...new Set(limits.map(({ support }) => support))].join(", ");
  const isPart = rows.length > limits.length;
  return {
    answer: words === "" ? "✓" : isPart ? `${words} at times` : words,
    reasons: limits.map(({ reason }) => reason),
  };
}

/** Volumes that nobody can have are one row. */
function merged(limited: readonly Limited[]): readonly (readonly string[])[] {
  const rows = new Map<string, readonly string[]>();
  for (const { field, answers, reasons } of limited) {
    const isVolume = field.startsWith("spec.volumes[*].") && !field.includes("emptyDir");
    const why = reasons.join("; ").replaceAll("|", "\\|");
    const key = isVolume ? `volume ${answers.join()} ${why}` : field;
    const known = rows.get(key)?.[0];
    const name = `\`${isVolume ? field.replace("spec.volumes[*].", "") : field}\``;
    rows.set(key, [known ? `${known}, ${name}` : isVolume ? `\`spec.volumes[*]\`: ${name}` : name, ...answers, why]);
  }
  return [...rows.values()];
}
