import { isIP } from "node:net";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";

/** A serving certificate signed by itself, for a node that has been given none: valid for its name and its addresses. */
export function selfSignedCertificate(nodeName: string, addresses: readonly string[]): KeyPairPem {
  const names = addresses.filter((address) => isIP(address) === 0);
  return issueCertificate({
    commonName: nodeName,
    dnsNames: [...new Set([nodeName, ...names])],
    ipAddresses: addresses.filter((address) => isIP(address) !== 0),
    usages: ["serverAuth"],
  });
}
