import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { issueCertificate, type KeyPairPem } from "../../src/index.ts";
import { objectIdentifier, time, unsignedInteger } from "../../src/certificates/der.ts";
import { addressBytes } from "../../src/certificates/extensions.ts";
import { hasOpenssl } from "../has-openssl.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const ca = issueCertificate({ commonName: "ca", certificateAuthority: true });
const serving = issueCertificate({
  commonName: "system:node:n",
  organizations: ["system:nodes", "Öffentliche"],
  dnsNames: ["n.example", "*.n.example"],
  ipAddresses: ["127.0.0.1", "::1", "2001:db8::ff00:42:8329"],
  usages: ["serverAuth"],
  issuer: ca,
});
const client = issueCertificate({
  commonName: "me",
  organizations: ["system:masters"],
  usages: ["clientAuth"],
  issuer: ca,
});

describe("issued certificates", () => {
  test("say what was asked for", () => {
    const certificate = new X509Certificate(serving.certificate);
    expect(certificate.subject).toBe("O=system:nodes\nO=Öffentliche\nCN=system:node:n");
    expect(certificate.issuer).toBe("CN=ca");
    expect(certificate.subjectAltName).toBe(
      "DNS:n.example, DNS:*.n.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:FF00:42:8329",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(certificate.checkIP("::1")).toBe("::1");
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(365 * 24 * 3600 * 1000);
  });

  test("are signed by their issuer, or by themselves", () => {
    const authority = new X509Certificate(ca.certificate);
    const certificate = new X509Certificate(serving.certificate);
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(
      new X509Certificate(
        issueCertificate({ commonName: "ca", certificateAuthority: true }).certificate,
      ).publicKey.equals(authority.publicKey),
    ).toBe(false);
    expect(certificate.verify(certificate.publicKey)).toBe(false);
  });

  test("an intermediate authority names its issuer byte for byte", () => {
    const middle = issueCertificate({
      commonName: "middle",
      organizations: ["ä".repeat(100)],
      certificateAuthority: true,
      issuer: ca,
    });
    const leaf = new X509Certificate(issueCertificate({ commonName: "leaf", issuer: middle }).certificate);
    expect(leaf.checkIssued(new X509Certificate(middle.certificate))).toBe(true);
  });

  test("hold in a TLS handshake with certificates on both sides", async () => {
    const server = createServer({ cert: serving.certificate, key: serving.key, ca: ca.certificate, requestCert: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1", ca: ca.certificate, cert: client.certificate, key: client.key });
    await once(socket, "secureConnect");
    const [peer] = await accepted;
    expect(socket.authorized).toBe(true);
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerCertificate().subject).toMatchObject({ CN: "me", O: "system:masters" });
    socket.destroy();
    server.close();
  });

  test.skipIf(!hasOpenssl())("hold before openssl in strict mode", async () => {
    await using folder = await TemporaryFolder.create();
    const authority = await folder.write("ca.pem", ca.certificate);
    const leaf = await folder.write("leaf.pem", serving.certificate);
    expect(
      execFileSync("openssl", ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authority, leaf], {
        encoding: "utf8",
      }),
    ).toContain("OK");
  });

  test.each<[string, () => KeyPairPem, string]>([
    [
      "an address that is none",
      () => issueCertificate({ commonName: "x", ipAddresses: ["1.2.3"] }),
      '"1.2.3" is no IP address',
    ],
    ["a name that is none", () => issueCertificate({ commonName: "x", dnsNames: ["a b"] }), "cannot be a DNS name"],
    [
      "an issuer that is no authority",
      () => issueCertificate({ commonName: "x", issuer: client }),
      "no certificate authority",
    ],
    [
      "a key of another",
      () => issueCertificate({ commonName: "x", issuer: { ...ca, key: client.key } }),
      "does not belong",
    ],
  ])("%s is refused", (_, issue, message) => {
    expect(issue).toThrow(message);
  });
});

describe("encoding", () => {
  test.each([
    ["::", "00000000000000000000000000000000"],
    ["1::", "00010000000000000000000000000000"],
    ["::ffff:1.2.3.4", "00000000000000000000ffff01020304"],
    ["FE80::1%eth0", "fe800000000000000000000000000001"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["255.0.10.1", "ff000a01"],
  ])("the address %s is %s", (address, hex) => {
    expect(addressBytes(address).toString("hex")).toBe(hex);
  });

  test("elements are as X.690 has them", () => {
    expect(objectIdentifier("1.2.840.10045.4.3.2").toString("hex")).toBe("06082a8648ce3d040302");
    expect(time(new Date("2049-12-31T23:59:59Z")).toString("latin1")).toBe("\x17\x0d491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1")).toBe("\x18\x0f20500101000000Z");
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), (value) => {
        const hex = value.toString(16);
        const encoded = unsignedInteger(Buffer.from(hex.padStart(hex.length + (hex.length % 2) + 2, "0"), "hex"));
        expect(encoded[1]).toBe(encoded.length - 2);
        expect((encoded[2] ?? 0x80) < 0x80).toBe(true);
        expect(BigInt(`0x${encoded.subarray(2).toString("hex")}`)).toBe(value);
      }),
    );
  });
});
