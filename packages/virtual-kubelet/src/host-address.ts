import { networkInterfaces } from "node:os";

/** The first address by which others can reach this host; loopback when there is no network. */
export function hostAddress(): string {
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4");
  return outward?.address ?? "127.0.0.1";
}
