import type { Labels, MetricFamily, Sample } from "./family.ts";
import { floatText } from "./float-text.ts";

/** The media type of what `exposition` gives. */
export const expositionContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Labels as they are written, and what they are ordered by. */
interface LabelText {
  readonly text: string;
  readonly order: string;
}

const unlabelled: LabelText = { text: "", order: "" };

/**
 * Metric families in Prometheus's text format, in the order that kubelet gives: families by name, samples by the values of
 * their labels, labels by name. A family without samples is written as its two lines of comment.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function exposition(families: readonly MetricFamily[]): string {
  // The families of one summary share the labels of their containers.
  const known = new Map<Labels, LabelText>();
  return families
    .toSorted((a, b) => inOrder(a.name, b.name))
    .map((family) => familyText(family, known))
    .join("");
}

function familyText({ name, help, type, samples }: MetricFamily, known: Map<Labels, LabelText>): string {
  const lines = samples
    .map((sample) => ({ sample, labels: labelText(sample.labels, known) }))
    .toSorted((a, b) => inOrder(a.labels.order, b.labels.order))
    .map(({ sample, labels }) => `${name}${labels.text} ${valueText(sample)}\n`);
  return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function valueText({ value, timeMs }: Sample): string {
  return timeMs === undefined ? floatText(value) : `${floatText(value)} ${timeMs}`;
}

function labelText(labels: Labels | undefined, known: Map<Labels, LabelText>): LabelText {
  if (labels === undefined) return unlabelled;
  const before = known.get(labels);
  if (before) return before;
  let [text, order] = ["", ""];
  for (const name of Object.keys(labels).toSorted()) {
    const value = labels[name] ?? "";
    text += `${text === "" ? "{" : ","}${name}="${escapedValue(value)}"`;
    order += `${value}\0`;
  }
  const written = { text: text === "" ? "" : `${text}}`, order };
  known.set(labels, written);
  return written;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What may not stand as it is; hardly any value has one of them, and there are tens of thousands of values. */
const special = /["\\\n]/;

/** A label value cannot end its line or itself, whatever is in it. */
function escapedValue(value: string): string {
  if (!special.test(value)) return value;
  return escapedHelp(value).replaceAll('"', String.raw`\"`);
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);
}
