import { describe, expect, test } from "vitest";
import { issueCertificate } from "../../src/index.ts";
import {
  clusterMark,
  credentialFromText,
  faultOf,
  type NodeCredential,
  textOfCredential,
} from "../../src/node-identity/node-credential.ts";
import { renewalMoment } from "../../src/node-identity/renewal-moment.ts";

const [oldAuthority, newAuthority] = ["old", "new"].map((commonName) =>
  issueCertificate({ commonName, certificateAuthority: true }),
) as [ReturnType<typeof issueCertificate>, ReturnType<typeof issueCertificate>];
const cluster = clusterMark("https://one:6443", oldAuthority.certificate);

function credentialFor(commonName: string, organizations: readonly string[]): NodeCredential {
  const issued = issueCertificate({ commonName, organizations, usages: ["clientAuth"], issuer: oldAuthority });
  return { ...issued, cluster };
}

const credential = credentialFor("system:node:n", ["system:nodes"]);

test("a credential is the same after it was written and read", () => {
  const text = textOfCredential(credential);
  expect(credentialFromText(text)).toEqual(credential);
  expect(() => credentialFromText(text.slice(0, text.indexOf("-----BEGIN PRIVATE")))).toThrow("it lacks");
});

test("a key of another certificate is found out", () => {
  const { key } = credentialFor("system:node:n", ["system:nodes"]);
  expect(() => credentialFromText(textOfCredential({ ...credential, key }))).toThrow("does not belong");
});

describe("a credential", () => {
  const both = `${oldAuthority.certificate}${newAuthority.certificate}`;
  test.each<[string, Parameters<typeof faultOf>[0], string, string | undefined, string | undefined]>([
    ["fits where it came from", credential, "https://one:6443", oldAuthority.certificate, undefined],
    ["fits a cluster that has moved", credential, "https://two:6443", oldAuthority.certificate, undefined],
    ["fits a cluster with another authority", credential, "https://one:6443", newAuthority.certificate, undefined],
    ["fits one that moves while its authority changes", credential, "https://two:6443", both, undefined],
    ["fits no other cluster", credential, "https://two:6443", newAuthority.certificate, "it is for the cluster at"],
    ["fits no cluster that it knows nothing of", credential, "https://two:6443", undefined, "it is for the cluster at"],
    [
      "fits no other node",
      credentialFor("system:node:m", ["system:nodes"]),
      "https://one:6443",
      undefined,
      "it is for system:node:m",
    ],
    [
      "fits nobody outside of the group of nodes",
      credentialFor("system:node:n", []),
      "https://one:6443",
      undefined,
      "it is not for the group",
    ],
  ])("%s", (_, given, server, ca, fault) => {
    const found = faultOf(given, { nodeName: "n", cluster: clusterMark(server, ca), now: new Date() });
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });

  test("is of no use once it has expired", () => {
    const now = new Date(Date.now() + 366 * 24 * 3_600_000);
    expect(faultOf(credential, { nodeName: "n", cluster, now })).toContain("it expired on");
  });
});

test.each([
  [0, 70],
  [0.5, 80],
  [1, 90],
])("with %d for luck a certificate of 100 hours is renewed after %d", (random, hours) => {
  const notBefore = new Date("2030-01-01T00:00:00Z");
  const { certificate } = issueCertificate({ commonName: "n", notBefore, validForMs: 100 * 3_600_000 });
  const moment = renewalMoment(certificate, { from: 0.7, to: 0.9 }, random);
  expect((moment.getTime() - notBefore.getTime()) / 3_600_000).toBeCloseTo(hours);
});
