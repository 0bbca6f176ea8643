import { type ContractServer, openNamespace } from "./contract-server.ts";
import type { Answer, Ask, Exchange, Json, Step, Topic } from "./exchange.ts";
import { normaliser } from "./normalised.ts";

/** What a server answered to the steps of an exchange, with all that differs from one run to the next replaced. */
export type Observation = readonly Json[];

/** Performs all exchanges of a topic, one after the other: by name. */
export async function performTopic(server: ContractServer, topic: Topic): Promise<ReadonlyMap<string, Observation>> {
  const namespace = `contract-${topic.name.replaceAll(" ", "-")}`;
  await openNamespace(server, namespace);
  const observations = new Map<string, Observation>();
  for (const exchange of topic.exchanges) observations.set(exchange.name, await perform(server, exchange, namespace));
  return observations;
}

async function perform(server: ContractServer, exchange: Exchange, namespace: string): Promise<Observation> {
  const answers: Answer[] = [];
  const normalised = normaliser();
  const observation: Json[] = [];
  const ask = async (wanted: Ask): Promise<void> => {
    const answer = await server.client.ask(filled(wanted, { answers, namespace }));
    answers.push(answer);
    if (!wanted.hidden) observation.push(normalised(seen(answer, wanted)));
  };
  const take = async (step: Step): Promise<void> => {
    if ("forget" in step) return server.forget();
    if (!("watch" in step)) return ask(step);
    const watch = filled(step.watch, { answers, namespace });
    const during = async (): Promise<void> => {
      for (const wanted of step.during) await ask(wanted);
    };
    observation.push(normalised(seen(await server.client.watch({ ...step, watch }, during), watch)));
  };
  for (const step of exchange.steps) {
    await take(step).catch((cause: unknown) => {
      throw new Error(`“${exchange.name}” could not be performed: ${String(cause)}`, { cause });
    });
  }
  return observation;
}

/** What is compared of an answer: all of a refusal. */
function seen(answer: Answer, { see }: Ask): object {
  return see && answer.code < 400 ? { ...answer, body: see(answer.body) } : answer;
}

interface Context {
  readonly answers: readonly Answer[];
  readonly namespace: string;
}

/** With what the placeholders stand for. */
function filled(ask: Ask, context: Context): Ask {
  const { path, body } = ask;
  const text = (value: string): string =>
    value
      .replaceAll("{ns}", context.namespace)
      .replaceAll(/\{(\d+)\.([\w.]+)\}/g, (_, step: string, field: string) =>
        String(valueAt(context.answers[Number(step)]?.body, field)),
      );
  const content =
    typeof body === "string"
      ? text(body)
      : body === undefined || Buffer.isBuffer(body)
        ? body
        : (JSON.parse(text(JSON.stringify(body))) as object);
  return { ...ask, path: text(path), ...(content === undefined ? {} : { body: content }) };
}

function valueAt(body: Json, path: string): unknown {
  return path.split(".").reduce((value, key) => value?.[key], body);
}
