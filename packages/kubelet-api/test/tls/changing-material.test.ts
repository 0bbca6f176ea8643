import { Agent } from "node:https";
import { PassThrough } from "node:stream";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { describe, expect, it } from "vitest";
import { Kubelet, clientCertificate, eventually } from "../kubelet.ts";

/** Values that a test hands over one by one. */
function values<T>(...first: readonly T[]): PassThrough & AsyncIterable<T> {
  const stream = new PassThrough({ objectMode: true });
  for (const value of first) stream.write(value);
  return stream;
}

const authority = (commonName: string) => issueCertificate({ commonName, certificateAuthority: true });
const serving = (commonName: string) => issueCertificate({ commonName, usages: ["serverAuth"] });

async function shown(kubelet: Kubelet): Promise<string | undefined> {
  const socket = await kubelet.socket();
  const { subject } = socket.getPeerX509Certificate() ?? {};
  socket.destroy();
  return subject;
}

describe("the authority of callers", () => {
  it("can change: its new callers come in, and those of the old one do not, be their connection older", async () => {
    const [before, after] = [authority("one"), authority("two")];
    const pems = values(before.certificate);
    await using kubelet = await Kubelet.start({ clientCertificateAuthority: pems });
    const [first, second] = [clientCertificate({ issuer: before }), clientCertificate({ issuer: after })];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = () => kubelet.get("/healthz", { client: first, agent });
    expect((await kept()).status).toBe(200);
    expect((await kubelet.get("/healthz", { client: second })).status).toBe(401);
    pems.write(before.certificate + after.certificate);
    await eventually(() => kubelet.lines.length === 2);
    expect((await kubelet.get("/healthz", { client: second })).status).toBe(200);
    expect((await kept()).status).toBe(200);
    pems.write(after.certificate);
    await eventually(() => kubelet.lines.length === 3);
    expect((await kept()).status).toBe(401);
    expect((await kept()).status).toBe(401);
    expect((await kubelet.get("/healthz", { client: second })).status).toBe(200);
    agent.destroy();
  });

  it("is waited for, and may never come", async () => {
    const pems = values<string>();
    const starting = Kubelet.start({ clientCertificateAuthority: pems });
    pems.end();
    await expect(starting).rejects.toThrow("was never told");
  });

  it("is needed to begin with", async () => {
    await expect(Kubelet.start({ clientCertificateAuthority: values("no PEM") })).rejects.toThrow("holds no PEM");
  });

  it("stays as it is when what comes cannot be used", async () => {
    const [root, other] = [authority("root"), authority("other")];
    const intermediate = issueCertificate({ commonName: "middle", certificateAuthority: true, issuer: other });
    const pems = values(root.certificate);
    await using kubelet = await Kubelet.start({ clientCertificateAuthority: pems });
    for (const useless of ["", "no PEM", intermediate.certificate]) pems.write(useless);
    await eventually(() => kubelet.lines.length === 4);
    expect(String(kubelet.lines[3]?.["err"])).toContain(
      "the intermediate CN=middle without the authority that signed it",
    );
    expect((await kubelet.get("/healthz", { client: clientCertificate({ issuer: root }) })).status).toBe(200);
  });

  it("may have signed another that signed the caller's, which shows both", async () => {
    const root = authority("root");
    const middle = issueCertificate({ commonName: "middle", certificateAuthority: true, issuer: root });
    const client = clientCertificate({ issuer: middle });
    const chain = { ...client, certificate: client.certificate + middle.certificate };
    await using kubelet = await Kubelet.start({ clientCertificateAuthority: root.certificate });
    expect((await kubelet.get("/healthz", { client: chain })).status).toBe(200);
    expect((await kubelet.get("/healthz", { client })).status).toBe(401);
    await using both = await Kubelet.start({ clientCertificateAuthority: root.certificate + middle.certificate });
    expect((await both.get("/healthz", { client })).status).toBe(200);
  });
});

describe("the serving certificate", () => {
  it("is signed by itself until there is one, and then each that comes", async () => {
    const pairs = values<ReturnType<typeof serving>>();
    await using kubelet = await Kubelet.start({ certificate: pairs });
    expect(await shown(kubelet)).toBe("CN=edge-1");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await kubelet.get("/healthz", { agent });
    for (const [index, name] of ["first", "second"].entries()) {
      pairs.write(serving(name));
      await eventually(() => kubelet.lines.length === index + 1);
      expect(await shown(kubelet)).toBe(`CN=${name}`);
    }
    pairs.write({ ...serving("third"), key: serving("other").key });
    await eventually(() => kubelet.lines.length === 3);
    expect(await shown(kubelet)).toBe("CN=second");
    expect((await kubelet.get("/healthz", { agent })).status).toBe(200);
    agent.destroy();
  });

  it("is waited for no longer when the server ends", async () => {
    const pairs = values<never>();
    const kubelet = await Kubelet.start({ certificate: pairs });
    await kubelet[Symbol.asyncDispose]();
    pairs.destroy();
    await expect(shown(kubelet)).rejects.toThrow("ECONNREFUSED");
  });
});
