import { X509Certificate } from "node:crypto";

/** Shares of a certificate's lifetime. */
export interface RenewalShares {
  readonly from: number;
  readonly to: number;
}

/** As kubelet: late enough to be rare, early enough for days of outage, and not all nodes at once. */
export const defaultRenewal: RenewalShares = { from: 0.7, to: 0.9 };

/** When the certificate is to be renewed. */
export function renewalMoment(
  certificatePem: string,
  { from, to }: RenewalShares,
  random: number = Math.random(),
): Date {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem);
  const begin = validFromDate.getTime();
  return new Date(begin + (validToDate.getTime() - begin) * (from + (to - from) * random));
}
