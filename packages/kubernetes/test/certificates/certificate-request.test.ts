import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { certificateRequest } from "../../src/certificates/certificate-request.ts";
import { hasOpenssl } from "../has-openssl.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const subject = { commonName: "system:node:n", organizations: ["system:nodes", "Öffentliche"] };

test("a request is one PEM block, and another each time for the same key", () => {
  const request = certificateRequest(subject, privateKey);
  expect(request).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n[^-]+-----END CERTIFICATE REQUEST-----\n$/);
  expect(certificateRequest(subject, privateKey)).not.toBe(request);
});

test.skipIf(!hasOpenssl())("openssl reads a request, finds it signed by its key, and sees whom it is for", async () => {
  await using folder = await TemporaryFolder.create();
  const path = await folder.write("request.pem", certificateRequest(subject, privateKey));
  const options = ["req", "-in", path, "-verify", "-noout", "-subject", "-pubkey", "-nameopt", "utf8,sep_comma_plus"];
  const said = execFileSync("openssl", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  expect(said).toContain("O=system:nodes,O=Öffentliche,CN=system:node:n");
  expect(said).toContain(publicKey.export({ type: "spki", format: "pem" }).toString().trim());
});

test.skipIf(!hasOpenssl())("openssl sees where the server of a request is found", async () => {
  await using folder = await TemporaryFolder.create();
  const server = { dnsNames: ["edge-1.example"], ipAddresses: ["10.0.0.1", "fd00::1"] };
  const path = await folder.write("request.pem", certificateRequest(subject, privateKey, server));
  const options = ["req", "-in", path, "-verify", "-noout", "-text"];
  const said = execFileSync("openssl", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  expect(said).toMatch(
    /Subject Alternative Name:\s+DNS:edge-1.example, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1/,
  );
});
