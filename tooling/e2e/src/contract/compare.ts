import { type ContractServer } from "./contract-server.ts";
import { type Difference, differences } from "./differences.ts";
import type { Topic } from "./exchange.ts";
import { performTopic } from "./perform.ts";

/** Where an exchange went otherwise on one server than on the other. */
export interface FoundDifference extends Difference {
  readonly topic: string;
  readonly exchange: string;
}

export interface ContractServers {
  readonly embedded: ContractServer;
  readonly real: ContractServer;
}

/** Performs a topic's exchanges on both servers. */
export async function compare(servers: ContractServers, topic: Topic): Promise<readonly FoundDifference[]> {
  const [embedded, real] = await Promise.all([
    performTopic(servers.embedded, topic),
    performTopic(servers.real, topic),
  ]);
  return topic.exchanges.flatMap(({ name: exchange }) =>
    differences(embedded.get(exchange) ?? [], real.get(exchange) ?? []).map((difference) => ({
      topic: topic.name,
      exchange,
      ...difference,
    })),
  );
}

/** All topics at once, but for the last, which makes the servers forget. */
export async function compareAll(
  servers: ContractServers,
  topics: readonly Topic[],
): Promise<readonly FoundDifference[]> {
  const together = await Promise.all(topics.slice(0, -1).map((topic) => compare(servers, topic)));
  const last = await Promise.all(topics.slice(-1).map((topic) => compare(servers, topic)));
  return [...together, ...last].flat();
}
