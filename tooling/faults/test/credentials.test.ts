import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect } from "vitest";
import {
  type Connection,
  type KeyPairPem,
  inClusterConnection,
  issueCertificate,
  keyPairFiles,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import { Bench, nodeName } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const transport = "packages/kubernetes/src/client/transport.ts";

const authorityNamed = (commonName: string): KeyPairPem => issueCertificate({ commonName, certificateAuthority: true });

const servingFrom = (issuer: KeyPairPem): KeyPairPem =>
  issueCertificate({ commonName: "server", ipAddresses: ["127.0.0.1"], usages: ["serverAuth"], issuer });

interface MountedServer {
  readonly proxy: ApiProxy;
  /** As of a pod whose service account is in this folder. */
  readonly connection: Connection;
  readonly write: (file: "token" | "ca.crt", text: string) => void;
}

/** A TLS server before the bench's cluster, and a folder of files by which a node comes to it. */
async function mountedServer(it: Bench, authority: KeyPairPem): Promise<MountedServer> {
  const proxy = await it.startProxy({ certificate: servingFrom(authority) });
  const folder = join(it.folder, "serviceaccount");
  mkdirSync(folder);
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write("token", "first");
  write("ca.crt", authority.certificate);
  write("namespace", "default");
  const { hostname, port } = new URL(proxy.connection.server);
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  return { proxy, connection: await inClusterConnection({ folder, environment }), write };
}

scenario(
  "15 the API server gets another certificate, from another authority",
  {
    expected: "The agent reads the authorities on its disk again at once and goes on, without a restart.",
    guard: { file: transport, from: "        if (isUnknownServer(error) && !renewed) {", to: "        if (false) {" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const [first, second] = [authorityNamed("first"), authorityNamed("second")];
    const { proxy, connection, write } = await mountedServer(it, first);
    await it.startNode({ connection });
    await it.createPod("before");
    await it.untilPhase("before", "Running");
    write("ca.crt", second.certificate);
    const sinceMs = performance.now();
    proxy.presentAs(servingFrom(second));
    await it.createPod("after");
    await it.untilPhase("after", "Running");
    expect(await it.differences()).toEqual([]);
    saw(`a pod of after the change ran ${((performance.now() - sinceMs) / 1_000).toFixed(1)} s after it`);
  },
);

scenario(
  "16 the token of the service account expires",
  {
    expected: "The 401 makes the agent read its file again, and the request is sent once more: nothing is lost.",
    guard: { file: transport, from: "      if (failure.code === 401 && !renewed) {", to: "      if (false) {" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const { proxy, connection, write } = await mountedServer(it, authorityNamed("only"));
    let token = "first";
    let refused = 0;
    proxy.judge = ({ authorization }) => {
      if (authorization === `Bearer ${token}`) return undefined;
      refused++;
      return { code: 401, reason: "Unauthorized" };
    };
    await it.startNode({ connection });
    for (token of ["second", "third"]) {
      write("token", token);
      proxy.cutWatches();
      await it.createPod(token);
      await it.untilPhase(token, "Running");
    }
    // Requests that were under way together are refused together.
    expect(refused).toBeLessThan(10);
    expect(await it.differences()).toEqual([]);
    saw(`${refused} requests were refused and sent again with the new token`);
  },
);

/** The serial number of the certificate that is served there. */
async function servedAt(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

scenario(
  "17 the client certificate of the node and the serving certificate of its kubelet API expire and are replaced",
  {
    expected: "New connections are made with the new one, and callers are shown the new one, without a restart.",
    guard: {
      file: "packages/kubernetes/src/client/dispatchers.ts",
      from: "    if (this.#pools && known && sameIdentity(known, credentials)) return this.#pools;",
      to: "    if (this.#pools) return this.#pools;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const { proxy, connection: anonymous } = await mountedServer(it, authorityNamed("only"));
    const clientCertificate = () => issueCertificate({ commonName: `system:node:${nodeName}`, usages: ["clientAuth"] });
    let mine = clientCertificate();
    const connection: Connection = {
      ...anonymous,
      credentials: async (call) => {
        const { ca = "" } = await anonymous.credentials(call);
        return { ca, cert: mine.certificate, key: mine.key };
      },
    };
    proxy.judge = ({ serialNumber }) =>
      serialNumber === new X509Certificate(mine.certificate).serialNumber
        ? undefined
        : { code: 401, reason: "Unauthorized", message: "the certificate has expired" };
    const files = { certificate: join(it.folder, "tls.crt"), key: join(it.folder, "tls.key") };
    const serve = ({ certificate, key }: KeyPairPem) => {
      writeFileSync(files.certificate, certificate);
      writeFileSync(files.key, key);
    };
    serve(issueCertificate({ commonName: "edge", notBefore: new Date(0), validForMs: 1_000 }));
    const ending = new AbortController();
    const certificate = keyPairFiles(files, { intervalMs: 50, signal: ending.signal });
    const clientCertificateAuthority = it.cluster.certificateAuthority;
    const kubeletApi = { address: "127.0.0.1", port: 0, certificate, clientCertificateAuthority };
    await it.startNode({ connection, kubeletApi });
    const node = await it.client.get(resources.nodes, { name: nodeName });
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    const expired = await servedAt(port);
    serve(issueCertificate({ commonName: "edge" }));
    await until(async () => (await servedAt(port)) !== expired, { what: "the new certificate to be served" });
    mine = clientCertificate();
    proxy.cutWatches();
    await it.createPod("after");
    await it.untilPhase("after", "Running");
    expect(await it.differences()).toEqual([]);
    ending.abort();
    saw("a pod ran after the first client certificate had expired; the kubelet API showed its new one");
  },
);
