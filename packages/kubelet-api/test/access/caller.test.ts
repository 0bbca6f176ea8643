import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { callerFromCertificate } from "../../src/access/caller.ts";
import { clientCertificate } from "../kubelet.ts";

type Options = Parameters<typeof clientCertificate>[0];
const hour = 3_600_000;

function callerOf(options: Options, later = 0): unknown {
  const certificate = new X509Certificate(clientCertificate(options).certificate);
  return callerFromCertificate({ trusted: true, certificate }, new Date(Date.now() + later));
}

describe("who a certificate says its holder is", () => {
  it.each<[string, Options, object]>([
    ["its common name", { commonName: "jane", organizations: [] }, { user: "jane", groups: [] }],
    ["one group", { commonName: "jane", organizations: ["a"] }, { user: "jane", groups: ["a"] }],
    [
      "several groups",
      { commonName: "jane", organizations: ["a", "b/CN=x", "O=c"] },
      { user: "jane", groups: ["a", "b/CN=x", "O=c"] },
    ],
  ])("is %s", (_, options, caller) => {
    expect(callerOf(options)).toMatchObject(caller);
  });

  it("is nobody once it has expired, be the connection older than that", () => {
    expect(callerOf({ validForMs: hour })).toBeDefined();
    expect(callerOf({ validForMs: hour }, hour)).toBeUndefined();
    expect(callerOf({}, -hour)).toBeUndefined();
  });

  it("is nobody when it is meant for servers only, or trusted by nobody", () => {
    expect(callerOf({ usages: ["serverAuth"] })).toBeUndefined();
    expect(callerOf({ usages: ["serverAuth", "clientAuth"] })).toBeDefined();
    const certificate = new X509Certificate(clientCertificate({}).certificate);
    expect(callerFromCertificate({ trusted: false, certificate }, new Date())).toBeUndefined();
    expect(callerFromCertificate({ trusted: true, certificate: undefined }, new Date())).toBeUndefined();
  });
});
