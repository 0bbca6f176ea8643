import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { invalid } from "../api-error.ts";
import { stored } from "../api/handlers/read.ts";
import type { ApiAnswer, ResourceRequest } from "../api/request.ts";
import { kubeletError } from "./kubelet-error.ts";
import { podContainer } from "./pod-container.ts";

/** The options of a log that the kubelet knows by the same name. */
const passedOn = new Set("follow previous timestamps tailLines limitBytes sinceSeconds sinceTime stream".split(" "));
const least: Readonly<Record<string, number>> = { tailLines: 0, limitBytes: 1, sinceSeconds: 1 };

/** GET of `log`. A pod that has no node yet has an empty log. */
export async function podLogs(request: ResourceRequest): Promise<ApiAnswer> {
  const pod = stored(request) as Pod;
  const { name, namespace } = pod.metadata;
  const container = podContainer(pod, request.query.get("container"));
  checkOptions(request);
  if (!pod.spec.nodeName) return textAnswer();
  const query = new URLSearchParams([...request.query].filter(([key]) => passedOn.has(key)));
  const path = `/containerLogs/${namespace}/${name}/${container}?${query.toString()}`;
  return answerOf(await request.kubelet.get(pod.spec.nodeName, path, { signal: request.signal }));
}

function checkOptions({ query, name }: ResourceRequest): void {
  for (const [field, minimum] of Object.entries(least)) {
    const value = query.get(field);
    if (value === null || Number(value) >= minimum) continue;
    const cause = {
      reason: "FieldValueInvalid",
      message: `Invalid value: ${value}: must be greater than or equal to ${minimum}`,
      field,
    };
    throw invalid({ group: "", plural: "podlogoptions", kind: "PodLogOptions" }, name, [cause]);
  }
}

/** GET of `proxy`: any other page of a node's kubelet. */
export async function nodeProxy(request: ResourceRequest): Promise<ApiAnswer> {
  // Behind /api/v1/nodes/{name}/proxy.
  const below = `/${request.path.split("/").slice(6).join("/")}`;
  const nodeName = stored(request).metadata.name;
  return answerOf(
    await request.kubelet.get(nodeName, `${below}?${request.query.toString()}`, { signal: request.signal }),
  );
}

async function answerOf(response: IncomingMessage): Promise<ApiAnswer> {
  const status = response.statusCode ?? 500;
  if (status < 200 || status > 206) throw await kubeletError(response);
  return textAnswer(response);
}

function textAnswer(from?: IncomingMessage): ApiAnswer {
  return {
    stream: async (response) => {
      response.writeHead(200, { "content-type": from?.headers["content-type"] ?? "text/plain" });
      response.flushHeaders();
      if (!from) response.end();
      // Either side may end at any time: what was not sent then is lost, as on any broken connection.
      else await pipeline(from, response).catch(() => response.destroy());
    },
  };
}
