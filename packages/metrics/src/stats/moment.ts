const fraction = /\.(\d+)/;

/** Milliseconds since 1970 of an RFC 3339 time, finer digits cut off; `undefined` when it is none, or Go's zero time. */
export function millisecondsOf(time: string | undefined): number | undefined {
  const timeMs = time === undefined ? Number.NaN : Date.parse(time);
  return timeMs > 0 ? timeMs : undefined;
}

/** Seconds since 1970, as fine as a number can be; `undefined` for what is no time, and up to 1970, as kubelet has it. */
export function secondsOf(time: string | undefined): number | undefined {
  const timeMs = millisecondsOf(time);
  if (time === undefined || timeMs === undefined || timeMs < 1000) return undefined;
  const nanoseconds = (fraction.exec(time)?.[1] ?? "").slice(0, 9).padEnd(9, "0");
  // As in Go: the nanoseconds are made a float first, and then divided.
  return Number(`${Math.floor(timeMs / 1000)}${nanoseconds}`) / 1e9;
}
