import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerJson } from "../http/plain-answer.ts";

/** How the node is set up, in the shape of kubelet's. */
export async function configz({ services }: Exchange, response: ServerResponse): Promise<void> {
  answerJson(response, { kubeletconfig: services.configuration });
}
