/** One piece of a container's output, with what is known of it: a line, or a part of one. */
export interface LogRecord {
  /** When it was written, as `logTime` gives it: times of this form are in order as text. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** Whether the line ends here. */
  readonly endsLine: boolean;
  /** Without the line's end. Any bytes. */
  readonly text: Uint8Array;
}

/**
 * What a source of output gives: records, as many at a time as it has, and `synced` once all that was there when it was
 * asked has been given. What follows that is new.
 */
export type LogBatch = readonly LogRecord[] | "synced";

const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?([Zz]|[+-]\d\d:?\d\d)$/;

/**
 * A moment as kubelet writes it before a line: RFC 3339 in UTC, always with nine decimals. `undefined` when the text is no
 * time. The decimals of a text are kept, beyond what a `Date` holds.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/cri-client/pkg/logs/logs.go (`RFC3339NanoFixed`)
 */
export function logTime(moment: Date | string): string | undefined {
  if (typeof moment !== "string") return moment.toISOString().replace("Z", "000000Z");
  const [, date, time, decimals = "", zone = ""] = rfc3339.exec(moment) ?? [];
  const utc = new Date(`${date}T${time}${/^z$/i.test(zone) ? "Z" : zone.replace(/:?(\d\d)$/, ":$1")}`);
  if (Number.isNaN(utc.getTime())) return undefined;
  return `${utc.toISOString().slice(0, 19)}.${decimals.padEnd(9, "0")}Z`;
}
