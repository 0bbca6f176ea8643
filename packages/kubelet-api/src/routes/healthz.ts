import type { ServerResponse } from "node:http";
import { HttpError } from "../error-response.ts";
import type { Exchange } from "../http/exchange.ts";
import { answerText } from "../http/plain-answer.ts";

/** This server answers. It says nothing of the backend: a node does not die of that. */
export async function healthz(_exchange: Exchange, response: ServerResponse): Promise<void> {
  answerText(response, "ok");
}

/** Whether the node follows what the cluster wants of it. */
export async function healthzSyncloop({ services }: Exchange, response: ServerResponse): Promise<void> {
  const problem = services.syncLoopProblem();
  if (problem !== undefined) throw new HttpError(500, problem);
  answerText(response, "ok");
}
