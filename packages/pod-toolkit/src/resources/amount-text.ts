const binary = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].map((unit, index) => ({
  unit,
  bytes: 1024n ** BigInt(index + 1),
}));
const decimal = ["kB", "MB", "GB", "TB", "PB", "EB"].map((unit, index) => ({
  unit,
  bytes: 1000n ** BigInt(index + 1),
}));

/** An amount as people write it, exactly: `0.3 vCPU`, `700 MiB`, `1 example.com/gpu`. */
export function amountText(resource: string, milli: bigint): string {
  if (resource === "cpu") return `${decimalText(milli, 1000n)} vCPU`;
  if (isBytes(resource)) return bytesText((milli + 999n) / 1000n);
  return `${decimalText(milli, 1000n)} ${resource}`;
}

function isBytes(resource: string): boolean {
  return ["memory", "ephemeral-storage", "storage"].includes(resource) || resource.startsWith("hugepages-");
}

/** In the unit in which it is shortest. */
function bytesText(bytes: bigint): string {
  const [shortest = `${bytes} B`] = [...binary, ...decimal]
    .filter((unit) => bytes >= unit.bytes && (bytes * 100n) % unit.bytes === 0n)
    .map((unit) => `${decimalText((bytes * 100n) / unit.bytes, 100n)} ${unit.unit}`)
    .toSorted((a, b) => a.length - b.length);
  return shortest;
}

function decimalText(parts: bigint, inOne: bigint): string {
  const fraction = String(parts % inOne)
    .padStart(String(inOne).length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${parts / inOne}` : `${parts / inOne}.${fraction}`;
}
