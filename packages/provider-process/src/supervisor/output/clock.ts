const tolerance = 2_000_000n;
let base = wall() - process.hrtime.bigint();

/** The time as RFC 3339 with nanoseconds: the system's clock, refined by the monotonic one. */
export function timestamp(): string {
  let now = base + process.hrtime.bigint();
  const drift = now - wall();
  if (drift > tolerance || drift < -tolerance) {
    base = wall() - process.hrtime.bigint();
    now = wall();
  }
  const seconds = new Date(Number(now / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(now % 1_000_000_000n).padStart(9, "0")}Z`;
}

function wall(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
