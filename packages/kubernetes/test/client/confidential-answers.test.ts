import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { KubernetesClient, resources } from "../../src/index.ts";
import { type Exchange, FakeApiServer } from "../fake-api-server.ts";

const canary = "canary";
const keys = { namespace: "default", name: "keys" };

const asks: readonly (readonly [string, (client: KubernetesClient) => Promise<unknown>])[] = [
  ["a secret", (client) => client.get(resources.secrets, keys)],
  ["a list of secrets", (client) => client.list(resources.secrets)],
  ["a watch of secrets", (client) => Array.fromAsync(client.watch(resources.secrets, { namespace: "default" }))],
  [
    "a token",
    (client) => client.createSubresource(resources.serviceAccounts, { ...keys, subresource: "token" }, { body: {} }),
  ],
];

const answers: readonly (readonly [string, (exchange: Exchange) => void])[] = [
  ["half an answer", (exchange) => exchange.text(`{"data":{"a":"${canary}`, 200)],
  ["no answer", (exchange) => exchange.text(canary, 200)],
  ["a value that no parser takes", (exchange) => exchange.text(`{"a":${canary}}`, 200)],
  ["an event of no kind", (exchange) => exchange.text(`{"type":"${canary}","object":{"data":"${canary}"}}\n1`, 200)],
  ["a failure that quotes", (exchange) => exchange.text(JSON.stringify({ data: canary }), 500)],
  ["an answer that breaks off", (exchange) => exchange.raw(`{"data":{"a":"${canary}`).cut()],
];

describe.each(asks)("when %s is asked for", (_what, ask) => {
  test.each(answers)("%s is told of without its content", async (_how, answer) => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    server.answerAll(answer);
    const [outcome] = await Promise.allSettled([ask(client)]);
    if (outcome.status === "fulfilled") return;
    expect(inspect(outcome.reason, { depth: Infinity, showHidden: true })).not.toContain(canary);
  });
});
