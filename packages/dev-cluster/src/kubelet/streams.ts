import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { ApiError, badRequest } from "../api-error.ts";
import { stored } from "../api/handlers/read.ts";
import type { ResourceRequest } from "../api/request.ts";
import { kubeletError } from "./kubelet-error.ts";
import { podContainer } from "./pod-container.ts";

/** An upgrade of the client's connection: exec, attach, port-forward. */
export interface UpgradeRequest {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

const streamOptions: Readonly<Record<string, string>> = {
  stdin: "input",
  stdout: "output",
  stderr: "error",
  tty: "tty",
};
const passedOnHeaders = /^(connection|upgrade|sec-websocket-.*|x-stream-protocol-version|user-agent)$/;

/**
 * Joins the client's connection with one to the pod's kubelet. Both speak the same protocol, which is negotiated between them; bytes pass as they
 * are, with the backpressure of the two connections, and when one ends so does the other. What goes wrong before the upgrade is an `ApiError`.
 */
export async function joinStreams(request: ResourceRequest, { incoming, socket, head }: UpgradeRequest): Promise<void> {
  const pod = stored(request) as Pod;
  const path = kubeletPath(request, pod);
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const headers = Object.fromEntries(
    Object.entries(incoming.headersDistinct).filter(([name]) => passedOnHeaders.test(name)),
  );
  const { method } = request;
  const answer = await request.kubelet.upgrade(pod.spec.nodeName, path, { signal: request.signal, method, headers });
  if (!answer.upgraded) throw await refusal(answer.response, request.subresource, pod.spec.nodeName);
  socket.write(headOf(answer.response));
  if (answer.head.length > 0) socket.write(answer.head);
  if (head.length > 0) answer.socket.write(head);
  passOn(socket, answer.socket);
  passOn(answer.socket, socket);
  request.signal.addEventListener("abort", () => {
    socket.destroy();
    answer.socket.destroy();
  });
}

/** What one side says the other hears, to its orderly end; when one breaks off so does the other. */
function passOn(from: Duplex, to: Duplex): void {
  from.on("error", () => to.destroy());
  from.once("close", () => {
    if (!from.readableEnded) to.destroy();
  });
  from.pipe(to);
}

/** A kubelet that does not know the path at all has no such feature; of anything else it says itself why. */
async function refusal(response: IncomingMessage, feature: string, nodeName: string): Promise<ApiError> {
  const error = await kubeletError(response);
  if (error.reason !== "NotFound" || error.message !== "404 page not found") return error;
  return new ApiError("NotImplemented", `node "${nodeName}" does not support ${feature}`);
}

/** The kubelet's address of the same thing: its parameters have other names and are `1` instead of `true`. */
function kubeletPath({ subresource, query }: ResourceRequest, pod: Pod): string {
  const { name, namespace } = pod.metadata;
  if (subresource === "portforward") return `/portForward/${namespace}/${name}?${query.toString()}`;
  const container = podContainer(pod, query.get("container"));
  const parameters = new URLSearchParams(query.getAll("command").map((word): [string, string] => ["command", word]));
  for (const [option, kubeletOption] of Object.entries(streamOptions)) {
    if (["true", "1"].includes(query.get(option) ?? "")) parameters.set(kubeletOption, "1");
  }
  return `/${subresource}/${namespace}/${name}/${container}?${parameters.toString()}`;
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((text, index) => (index % 2 === 0 ? [`${text}: ${rawHeaders[index + 1]}`] : []));
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, "", ""].join("\r\n");
}
