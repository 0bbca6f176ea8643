import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerJson } from "../http/plain-answer.ts";

/** The pods that the cluster has given to this node. */
export async function pods({ services }: Exchange, response: ServerResponse): Promise<void> {
  answerJson(response, { kind: "PodList", apiVersion: "v1", metadata: {}, items: [...services.pods.pods()] });
}
