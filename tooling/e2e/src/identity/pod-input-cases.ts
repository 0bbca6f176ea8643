import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { minorOf } from "../targets/target.ts";
import type { IdentityCase } from "./cases.ts";
import type { TrialNode } from "./trial-node.ts";

const signal = AbortSignal.timeout(600_000);

/** What a node reads for its pods. */
export const podInputCases: Readonly<Record<string, IdentityCase>> = {
  "gives a pod its ConfigMap": {
    takes: ["get configmaps"],
    run: (node) => givesEnvironment(node, "configMapRef"),
  },

  "gives a pod its Secret": {
    takes: ["get secrets"],
    run: (node) => givesEnvironment(node, "secretRef"),
  },

  "gives a pod the pull secrets of its service account": {
    takes: ["get serviceaccounts"],
    run: (node) => givesPullSecret(node),
  },

  "tells a pod of the Services of its namespace": {
    takes: ["list services"],
    run: (node) => tellsOfServices(node),
  },

  "gives a pod a token": {
    takes: ["create serviceaccounts/token"],
    async run(node) {
      const context = await node.context();
      const { metadata } = await node.runningPod("token");
      const { token } = await context.token(metadata, { signal });
      expect(token.split(".")).toHaveLength(3);
    },
  },
};

/** The account hears of its pull secret after the pod, which would have been given it otherwise. */
async function givesPullSecret(node: TrialNode): Promise<void> {
  const { client, namespace } = node.it;
  const name = `pull-${node.name}`;
  const auths = { "registry.example": { username: "user", password: "s3cret" } };
  await client.create(resources.secrets, {
    metadata: { namespace, name },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": btoa(JSON.stringify({ auths })) },
  });
  await client.create(resources.serviceAccounts, { metadata: { namespace, name } });
  const { metadata } = await node.runningPod("puller", { serviceAccountName: name });
  const imagePullSecrets = [{ name }];
  // Of itself an account lets no node of its own identity read a Secret.
  await node.runningPod("named-puller", { imagePullSecrets });
  const patch = { type: "merge", body: { imagePullSecrets } } as const;
  await client.patch(resources.serviceAccounts, { namespace, name }, { patch });
  const context = await node.context();
  const pull = () => context.pullCredentials(metadata, { image: "registry.example/app", signal });
  if (await mayReadAccounts(node)) await node.until(async () => (await pull())?.username === "user", "the credential");
  else expect(await pull()).toBeUndefined();
}

/** The Node authorizer lets nodes do so since Kubernetes 1.34. */
async function mayReadAccounts({ it, connection }: TrialNode): Promise<boolean> {
  const { token } = await connection.credentials({ refresh: false, signal });
  return token !== undefined || it.stage.release === undefined || minorOf(it.stage.release) >= 34;
}

async function tellsOfServices(node: TrialNode): Promise<void> {
  const { client, namespace } = node.it;
  const name = `shop-${node.name}`;
  const { spec } = await client.create(resources.services, {
    metadata: { namespace, name },
    spec: { ports: [{ port: 80 }] },
  });
  const context = await node.context();
  const { metadata } = await node.runningPod("shopper");
  const variables = await context.environment({ pod: metadata, container: "main" }, { signal });
  const link = `${name.replaceAll("-", "_").toUpperCase()}_SERVICE_HOST`;
  // It starts without, and says why.
  if (!variables.some((variable) => variable.name === link)) throw new Error(await whyWithoutLinks(node, metadata.uid));
  expect(variables).toContainEqual({ name: link, value: spec.clusterIP, sensitive: false });
}

async function whyWithoutLinks({ it }: TrialNode, podUid: string): Promise<string> {
  const fieldSelector = `involvedObject.uid=${podUid},reason=MissingServiceLinks`;
  const { namespace } = it;
  const told = async () => (await it.client.list(resources.events, { namespace, fieldSelector })).items[0];
  return (await it.until(told, "an event that says why")).message ?? "";
}

async function givesEnvironment(node: TrialNode, from: "configMapRef" | "secretRef"): Promise<void> {
  const { client, namespace } = node.it;
  const name = `input-${from.toLowerCase()}-${node.name}`;
  const metadata = { namespace, name };
  if (from === "secretRef") await client.create(resources.secrets, { metadata, data: { COLOR: btoa("blue") } });
  else await client.create(resources.configMaps, { metadata, data: { COLOR: "blue" } });
  const context = await node.context();
  const spec = { containers: [{ name: "main", image: "app:1", envFrom: [{ [from]: { name } }] }] };
  const pod = await node.runningPod(`reader-${from.toLowerCase()}`, spec);
  const variables = await context.environment({ pod: pod.metadata, container: "main" }, { signal });
  expect(variables.map(({ name: key, value }) => `${key}=${value}`)[0]).toBe("COLOR=blue");
  expect(variables.map(({ name: key }) => key)).toContain("KUBERNETES_SERVICE_HOST");
}
