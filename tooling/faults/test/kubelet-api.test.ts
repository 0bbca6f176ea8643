import { issueCertificate, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { Bench, nodeName } from "../src/bench.ts";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import type { ApiRequest } from "../src/api/api-request.ts";
import { type Answer, type Called, answerTo, get } from "../src/kubelet-api/raw-client.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const ttlMs = 1500;
const forbidden = 403;
const secretName = "hush-hush";

/** A node whose reviews go through a proxy, with a pod whose name is nobody's business; and its callers. */
async function guardedNode(it: Bench) {
  const proxy = await it.startProxy();
  proxy.judge = (request) => tokenReview(request);
  const host = "127.0.0.1";
  const kubeletApi = { address: host, port: 0, hostAddress: host, tokenTtlMs: ttlMs, allowedTtlMs: ttlMs };
  const clientCertificateAuthority = it.cluster.certificateAuthority;
  await it.startNode({ connection: proxy.connection, kubeletApi: { ...kubeletApi, clientCertificateAuthority } });
  await it.createPod(secretName);
  await it.untilPhase(secretName, "Running");
  const { status } = await it.client.get(resources.nodes, { name: nodeName });
  const nobody: Called = { host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0 };
  const known = async (user: string, groups: readonly string[]): Promise<Called> => {
    const { cert, key } = await it.cluster.connection({ user, groups }).credentials({
      refresh: false,
      signal: AbortSignal.timeout(1000),
    });
    return { ...nobody, cert: cert ?? "", key: key ?? "" };
  };
  return {
    proxy,
    nobody,
    stranger: { ...nobody, ...foreignCertificate() },
    admin: await known("admin", ["system:masters"]),
    // What the embedded cluster has instead of roles: this group may do nothing there.
    powerless: await known("somebody", ["system:unauthenticated"]),
  };
}

/** By an authority of the same name that the cluster does not know. */
function foreignCertificate(): Pick<Called, "cert" | "key"> {
  const issuer = issueCertificate({ commonName: "kubernetes", certificateAuthority: true });
  const subject = { commonName: "admin", organizations: ["system:masters"] };
  const { certificate: cert, key } = issueCertificate({ ...subject, usages: ["clientAuth"], issuer });
  return { cert, key };
}

/** The embedded cluster gives no tokens; the proxy knows one, and leaves all others to it. */
function tokenReview({ path, body }: ApiRequest) {
  if (!path.includes("/tokenreviews") || !body.includes('"reader-token"')) return undefined;
  const status = { authenticated: true, user: { username: "reader", groups: [] } };
  return { code: 201, body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", metadata: {}, status } };
}

const paths = [secretName, "no-such-pod"].flatMap((pod) => [
  "/pods",
  `/containerLogs/default/${pod}/main`,
  `/exec/default/${pod}/main?command=id&output=1`,
  `/portForward/default/${pod}?port=80`,
]);

/** All that is said to a caller, whatever it asks for. */
async function heardBy(caller: Called, headers: Readonly<Record<string, string>> = {}): Promise<readonly Answer[]> {
  return Promise.all(paths.map((path) => answerTo(caller, get(path, headers))));
}

function isReview({ path }: ApiRequest): boolean {
  return path.includes("/tokenreviews") || path.includes("/subjectaccessreviews");
}

scenario(
  "49 callers who are nobody, may do nothing, or cannot be asked about",
  {
    expected:
      "401 and 403 without a word of any pod; what the cluster cannot be asked about is denied, once what it said has expired.",
    guard: {
      file: "packages/kubelet-api/src/access/authorization.ts",
      from: "      throw new HttpError(500, `Authorization error (${what})`);",
      to: "      return true;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const { proxy, nobody, stranger, admin, powerless } = await guardedNode(it);
    const [bearer, wrong] = [{ Authorization: "Bearer reader-token" }, { Authorization: "Bearer of-nobody" }];
    const unknown = await Promise.all([heardBy(nobody), heardBy(nobody, wrong), heardBy(stranger)]);
    for (const answer of unknown.flat()) expect(answer).toEqual({ status: 401, body: "Unauthorized" });
    const denied = await heardBy(powerless);
    expect(denied.map(({ status }) => status)).toEqual(paths.map(() => forbidden));
    expect(denied.map(({ body }) => body).join("")).not.toMatch(/hush|no-such/);
    expect((await answerTo(admin, get("/pods"))).body).toContain(secretName);
    expect((await answerTo(nobody, get("/pods", bearer))).status).toBe(200);
    await expireInTheDark(proxy, { admin, nobody, bearer });
    saw(`${unknown.flat().length} times 401, ${denied.length} times 403; denied ${ttlMs / 1000} s after the last word`);
  },
);

interface Readers {
  readonly admin: Called;
  readonly nobody: Called;
  readonly bearer: Readonly<Record<string, string>>;
}

/** The cluster is out of reach: what it has allowed holds until it expires, and not longer. */
async function expireInTheDark(proxy: ApiProxy, { admin, nobody, bearer }: Readers): Promise<void> {
  const answer = proxy.judge;
  proxy.judge = (request) => (isReview(request) ? "cut" : undefined);
  const cutAt = performance.now();
  const asks = () => Promise.all([answerTo(admin, get("/pods")), answerTo(nobody, get("/pods", bearer))]);
  expect((await asks()).map(({ status }) => status)).toEqual([200, 200]);
  const [byCertificate, byToken] = await until(
    async () => {
      const answers = await asks();
      return answers.every(({ status }) => status !== 200) && answers;
    },
    { what: "callers to be denied", timeoutMs: ttlMs + 12_000 },
  );
  expect(performance.now() - cutAt).toBeGreaterThan(ttlMs / 2);
  expect(byCertificate).toMatchObject({ status: 500, body: expect.stringContaining("Authorization error") });
  expect(byToken).toEqual({ status: 401, body: "Unauthorized" });
  proxy.judge = answer;
  expect((await asks()).map(({ status }) => status)).toEqual([200, 200]);
}
