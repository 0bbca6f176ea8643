import { element, objectIdentifier, sequence, tag, utf8String } from "./der.ts";

/** Who a certificate is for: to Kubernetes a user and its groups. */
export interface SubjectName {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export function distinguishedName({ commonName, organizations }: SubjectName): Buffer {
  const attribute = (identifier: string, value: string): Buffer =>
    sequence(objectIdentifier(identifier), utf8String(value));
  // One set for each organization, as Go and openssl write several values of one attribute.
  const names = [
    ...organizations.map((organization) => attribute("2.5.4.10", organization)),
    attribute("2.5.4.3", commonName),
  ];
  return sequence(...names.map((part) => element(tag.set, part)));
}
