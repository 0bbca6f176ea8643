import { Leadership } from "@virtual-kubelet/controllers";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { Belongings } from "../src/belongings.ts";
import { type ApiProxy, startApiProxy } from "./api-proxy.ts";
import { eventually } from "./cluster-with-node.ts";

const name = { namespace: "kube-node-lease", name: "virtual-kubelet-edge" };
const times = { durationMs: 5_000, deadlineMs: 4_000, renewMs: 300 };

interface Candidate extends AsyncDisposable {
  /** Of the administrator, past the proxy. */
  readonly client: KubernetesClient;
  readonly proxy: ApiProxy;
  readonly leadership: Leadership;
}

async function startCandidate(): Promise<Candidate> {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const proxy = stack.use(await startApiProxy(cluster));
  const own = stack.use(new KubernetesClient({ connection: proxy.connection }));
  const leadership = new Leadership({ client: own, lease: name, times, logger: silentLogger });
  const owned = stack.move();
  return { client, proxy, leadership, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

test("a term counts from when its last renewal was asked for, however late the answer comes", async () => {
  await using it = await startCandidate();
  await using held = await it.leadership.acquire({ signal: AbortSignal.timeout(5_000) });
  const late = Promise.withResolvers<void>();
  let askedAtMs: number | undefined;
  it.proxy.holdAnswer = ({ method }) => {
    if (method !== "PATCH") return undefined;
    askedAtMs = performance.now();
    return late.promise;
  };
  await eventually(() => expect(askedAtMs).toBeDefined());
  it.proxy.refuse = () => 0;
  await eventually(() => expect(performance.now() - askedAtMs!).toBeGreaterThan(1_500));
  late.resolve();
  await eventually(() => expect(held.term.isOver).toBe(true), 10_000);
  expect(performance.now() - askedAtMs!).toBeLessThan(times.deadlineMs + 700);
});

test("a candidate that stops while it asks for the lease gives it back", async () => {
  await using it = await startCandidate();
  const answer = Promise.withResolvers<void>();
  let isAsked = false;
  it.proxy.holdAnswer = ({ method }) => {
    if (method !== "POST") return undefined;
    isAsked = true;
    return answer.promise;
  };
  const ending = new AbortController();
  const acquiring = it.leadership.acquire({ signal: ending.signal });
  acquiring.catch(() => {});
  await eventually(() => expect(isAsked).toBe(true));
  ending.abort();
  answer.resolve();
  await expect(acquiring).rejects.toThrow("aborted");
  expect((await it.client.get(resources.leases, name)).spec?.holderIdentity).toBeUndefined();
});
