import { channel } from "node:diagnostics_channel";
import { type KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { type ProviderContext, ProviderError } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { eventually } from "../cluster-with-node.ts";
import { type CanaryName, base64, canaries, secretOf } from "./canaries.ts";
import { curious } from "./curious-provider.ts";
import { startHeardNode } from "./heard-node.ts";
import { createSecrets, ends, lives, secretPod } from "./secret-objects.ts";

const secrets = Object.values(canaries);

/** What can be asked of a node, and what cannot. */
const paths = [
  "/pods",
  "/configz",
  "/healthz",
  "/metrics",
  "/metrics/resource",
  "/metrics/cadvisor",
  "/metrics/probes",
  "/stats/summary",
  "/runningpods/",
  "/none",
  ...Object.keys(lives).flatMap((name) => [
    `/containerLogs/default/${name}/main`,
    `/containerLogs/default/${name}/none`,
    `/exec/default/${name}/main?command=id&output=1`,
    `/attach/default/${name}/main?output=1`,
    `/portForward/default/${name}?port=1`,
  ]),
];

async function podsOf(client: KubernetesClient): Promise<readonly Pod[]> {
  return (await client.list(resources.pods, {})).items;
}

/** What each pod shows once it has come as far as it gets. */
async function shown(client: KubernetesClient): Promise<Readonly<Record<string, string>>> {
  const pods = await podsOf(client);
  const entries = pods.map(({ metadata, status }) => {
    const waiting = status?.containerStatuses?.[0]?.state?.waiting?.reason;
    return [metadata.name, waiting ?? status?.phase ?? ""] as const;
  });
  return Object.fromEntries(entries);
}

/** Each tells a secret in a way of its own, and in a form of its own. */
const leaks: Readonly<
  Record<string, { readonly by: RegExp; tell(secret: string, pod: Pod, context: ProviderContext): void }>
> = {
  "by-message": {
    by: /^PATCH .*\/pods\/by-message\/status/,
    tell: (secret) => {
      throw new ProviderError("Unavailable", `The backend refused ${secret}`);
    },
  },
  "by-cause": {
    by: /^log, /,
    tell: (secret) => {
      throw new ProviderError("Unavailable", "The backend refused it", { cause: new Error(`body: ${secret}`) });
    },
  },
  "by-log": {
    by: /^log, debug/,
    tell: (secret, _pod, { logger }) => logger.debug({ body: base64(`{"key":"${secret}"}`) }, "sent"),
  },
  "by-child": { by: /^log, child/, tell: (secret, _pod, { logger }) => void logger.child({ secret: [{ secret }] }) },
  "by-event": {
    by: new RegExp(`^POST .*/events: .*${Buffer.from(canaries.variable).toString("hex")}`),
    tell: (secret, pod, context) =>
      context.recordEvent(pod.metadata, {
        type: "Normal",
        reason: "Told",
        message: Buffer.from(secret).toString("hex"),
      }),
  },
  "by-url": {
    by: /^POST .*\/events: .*canary1%2F%2B/,
    tell: (secret, pod, context) =>
      context.recordEvent(pod.metadata, {
        type: "Normal",
        reason: "Told",
        message: `https://host/?key=${encodeURIComponent(secret)}`,
      }),
  },
  "by-channel": {
    by: /^message on virtual-kubelet:provider-call/,
    tell: (secret) => channel("virtual-kubelet:provider-call").publish({ verb: secret, code: "ok", durationMs: 1 }),
  },
};

test("a provider that tells a secret is caught, wherever and in whatever form it tells it", async () => {
  await using it = await startHeardNode((mock, { context }) => ({
    ...mock,
    async createPod(pod, call) {
      const variables = await context.environment({ pod: pod.metadata, container: "main" }, call);
      const secret = variables.find(({ name }) => name === "TOKEN")?.value ?? "";
      leaks[pod.metadata.name]?.tell(secret, pod, context);
      return mock.createPod(pod, call);
    },
  }));
  const { client, heard } = it;
  await createSecrets(client);
  for (const name of Object.keys(leaks)) await client.create(resources.pods, secretPod(name));
  await eventually(() => {
    const told = heard.betrayals([canaries.variable]);
    const silent = Object.entries(leaks).filter(([, { by }]) => !told.some((each) => by.test(each)));
    expect(silent.map(([name]) => name)).toEqual([]);
  }, 15_000);
  await eventually(async () => expect(await shown(client)).toMatchObject({ "by-message": "ProviderUnavailable" }));
  await it.askAround(["/pods"]);
  expect(heard.betrayals(secrets)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^answer to \/pods/), expect.stringMatching(/^Pod by-message/)]),
  );
}, 60_000);

test("no secret that a pod brings along is in anything that its node says, through lives that fail", async () => {
  const received = new Set<CanaryName>();
  const changed: string[] = [];
  await using it = await startHeardNode((mock, { context, heard }) =>
    curious(mock, {
      context,
      hear(pod, { variables, files, credential, token }) {
        const plain = [variables.filter(({ sensitive }) => !sensitive), files.filter(({ sensitive }) => !sensitive)];
        heard.add(`plain field of the backend, of ${pod.metadata.name}`, plain);
        const all = JSON.stringify([
          variables,
          files.map(({ content }) => Buffer.from(content).toString()),
          credential,
          token,
        ]);
        for (const name of Object.keys(canaries) as CanaryName[]) if (all.includes(secretOf(name))) received.add(name);
      },
      hearChange: (files) => changed.push(...files.map(({ path }) => path)),
    }),
  );
  const { client, heard } = it;
  await createSecrets(client);
  for (const [name, change] of Object.entries(lives)) await client.create(resources.pods, secretPod(name, change));
  await eventually(async () => expect(await shown(client)).toEqual(ends), 15_000);
  const more = { data: { more: base64(secretOf("volume")) } };
  const files = { namespace: "default", name: "files" };
  await client.patch(resources.secrets, files, { patch: { type: "merge", body: more } });
  await eventually(() => expect(changed).toContain("more"));
  await client.delete(resources.secrets, files);
  await it.askAround(paths);

  for (const { metadata } of await podsOf(client))
    await client.delete(resources.pods, metadata, { gracePeriodSeconds: 0 });
  await eventually(async () => expect(await podsOf(client)).toEqual([]), 15_000);
  await it.askAround(paths);
  // What was to be kept was there to be told.
  const brought: readonly CanaryName[] = ["variable", "variables", "volume", "projected", "pullSecret", "token"];
  expect(received).toEqual(new Set(brought));
  expect(heard.has("couldn't find key none in Secret default/keys")).toBe(true);
  expect(heard.betrayals(secrets)).toEqual([]);
}, 60_000);
