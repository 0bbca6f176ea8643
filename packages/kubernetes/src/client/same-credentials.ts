import type { Credentials } from "../connection/connection.ts";

/** What a connection proves on opening. A token is not among it: it goes with each request. */
const identity = ["ca", "cert", "key", "serverName", "insecureSkipTlsVerify"] as const;

/** Whether the connections of the one are good for the other. */
export function sameIdentity(one: Credentials, other: Credentials): boolean {
  return identity.every((field) => one[field] === other[field]);
}

/** Whether a server that refused the one would refuse the other. */
export function sameCredentials(one: Credentials, other: Credentials): boolean {
  return sameIdentity(one, other) && one.token === other.token;
}
