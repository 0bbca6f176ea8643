import { once } from "node:events";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import { describe, expect, it } from "vitest";
import { KubeletApi } from "../../src/index.ts";
import { routes } from "../../src/routes.ts";
import { bareProvider, podSource } from "../host-provider.ts";
import { Kubelet, apiServer, clientCertificate, lenient } from "../kubelet.ts";

const hour = 3_600_000;
const foreign = issueCertificate({ commonName: "cluster", certificateAuthority: true });

describe("who is answered", () => {
  it.each<[string, KeyPairPem | undefined, number]>([
    ["a client of the cluster's CA", apiServer, 200],
    ["one whose certificate names no usage", clientCertificate({ usages: [] }), 200],
    ["nobody without a certificate", undefined, 401],
    ["nobody of another CA of the same name", clientCertificate({ issuer: foreign }), 401],
    ["nobody who signed for itself", issueCertificate({ commonName: "admin", usages: ["clientAuth"] }), 401],
    ["nobody with a server's certificate", clientCertificate({ usages: ["serverAuth"] }), 401],
    ["nobody without a name", clientCertificate({ commonName: "" }), 401],
    [
      "nobody whose time has passed",
      clientCertificate({ notBefore: new Date(Date.now() - 2 * hour), validForMs: hour }),
      401,
    ],
    ["nobody whose time has not come", clientCertificate({ notBefore: new Date(Date.now() + hour) }), 401],
  ])("%s", async (_, client, status) => {
    await using kubelet = await Kubelet.start();
    for (const path of ["/healthz", "/pods", "/none"]) {
      const answer = await kubelet.get(path, { client });
      expect(answer.status).toBe(status === 200 && path === "/none" ? 404 : status);
      expect(answer.body === "Unauthorized").toBe(status === 401);
    }
  });

  it("is decided before an upgrade too", async () => {
    await using kubelet = await Kubelet.start();
    const headers = { Connection: "Upgrade", Upgrade: "websocket" };
    const answer = await kubelet.get("/exec/default/web/app?command=true&output=1", { client: undefined, headers });
    expect(answer.status).toBe(401);
    expect(kubelet.lines).toEqual([]);
  });
});

describe("TLS", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("%s resumes no session, so no old verdict is kept", async (version) => {
    await using kubelet = await Kubelet.start();
    const versions = { minVersion: version, maxVersion: version };
    const first = await kubelet.socket(versions);
    let session = first.getSession();
    first.on("session", (next) => (session = next));
    first.write("GET /healthz HTTP/1.1\r\nHost: node\r\n\r\n");
    await once(first, "data");
    first.destroy();
    const second = await kubelet.socket({ ...versions, ...(session ? { session } : {}) });
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });

  it.each([
    ["TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
    ["a cipher that does not authenticate", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" }],
  ] as const)("refuses %s", async (_, options) => {
    await using kubelet = await Kubelet.start();
    await expect(kubelet.socket(options)).rejects.toThrow(/alert|handshake|version/i);
  });

  it("makes a certificate for the node's name and addresses when it is given none", async () => {
    const addresses = ["127.0.0.1", "::1", "edge-1.example"];
    const { certificate: _, ...options } = { ...unlistening(), addresses, port: 0, address: "127.0.0.1" };
    await using api = new KubeletApi(options);
    const { port } = await api.listen();
    const kubelet = {
      connect: () =>
        import("node:tls").then(({ connect }) => connect({ host: "127.0.0.1", port, rejectUnauthorized: false })),
    };
    const socket = await kubelet.connect();
    await once(socket, "secureConnect");
    expect(socket.getPeerX509Certificate()?.subjectAltName).toBe(
      "DNS:edge-1, DNS:edge-1.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    socket.destroy();
  });

  it.each(["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no PEM"])(
    "does not start with %j for an authority, which Node would take for all public ones",
    (clientCertificateAuthority) => {
      expect(() => new KubeletApi({ ...unlistening(), clientCertificateAuthority })).toThrow(
        "clientCertificateAuthority",
      );
    },
  );
});

describe("a serving certificate that cannot be used", () => {
  it.each<[string, Partial<KeyPairPem>, string]>([
    ["no PEM", { certificate: "nothing" }, "cannot be read"],
    ["a key that is none", { key: "nothing" }, "cannot be read"],
    ["another's key", { key: foreign.key }, "do not belong together"],
  ])("is told: %s", (_, part, message) => {
    expect(() => new KubeletApi({ ...unlistening(), certificate: { ...apiServer, ...part } })).toThrow(message);
  });
});

describe("what each route needs", () => {
  it("is the right to create for whatever starts something in a container", () => {
    const creating = routes.filter(({ access }) => access.verb === "create").map(({ path }) => path);
    expect(creating).toEqual(
      routes.filter((route) => "upgrade" in route || route.path.startsWith("/run/")).map(({ path }) => path),
    );
    expect(creating.length).toBeGreaterThan(0);
  });

  it("always ends with kubelet's coarse right, and is never nothing", () => {
    const coarse = ["proxy", "stats", "metrics", "log"];
    for (const { access } of routes) expect(coarse).toContain(access.subresources.at(-1));
  });
});

function unlistening(): ConstructorParameters<typeof KubeletApi>[0] {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => logger };
  return {
    provider: bareProvider,
    pods: podSource(),
    nodeName: "edge-1",
    logger,
    clientCertificateAuthority: foreign.certificate,
    reviews: lenient,
  };
}
