import type { ServerResponse } from "node:http";
import { isProviderError } from "@virtual-kubelet/provider";
import type { ByteSource, ContainerRef } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange } from "../http/exchange.ts";
import { findContainer } from "../pods/container-lookup.ts";
import { logRefusal, requireReady } from "../pods/readiness.ts";
import { quoted } from "../printable.ts";
import { readBytes } from "../streaming/byte-source.ts";
import { writerOf } from "../streaming/byte-sink.ts";
import { watchHost } from "../streaming/host-watch.ts";
import { publishStream } from "../streaming/stream-channel.ts";
import { parseLogOptions } from "./log-options.ts";
import type { LogOptions } from "./log-options.ts";

/** A container's output, until its end or, when followed, the container's. An error half way breaks the answer off. */
export async function containerLogs(exchange: Exchange, response: ServerResponse): Promise<void> {
  const options = parseLogOptions(exchange.query, new Date());
  const found = findContainer(exchange.services.pods, exchange.parameters);
  if (!exchange.services.provider.getContainerLogs) {
    throw new HttpError(501, "This node's provider does not give container logs.");
  }
  if (!options.previous) await requireReady(exchange, found, logRefusal);
  const output = readBytes(await openLogs(exchange, found.ref, options), exchange.controller.signal);
  const { controller, request, services } = exchange;
  using _published = publishStream({ kind: "logs", protocol: "HTTP/1.1" }, request.socket);
  using _watched = watchHost(request.socket, { everyMs: services.timeouts.pingMs, controller });
  response.writeHead(200, { "Content-Type": "text/plain", "X-Content-Type-Options": "nosniff" });
  response.flushHeaders();
  const writer = writerOf(response);
  for await (const bytes of output) await writer.write(bytes);
  await writer.end();
}

async function openLogs(exchange: Exchange, ref: ContainerRef, options: LogOptions): Promise<ByteSource> {
  const { provider } = exchange.services;
  try {
    const source = await callProvider(
      exchange,
      (call) => provider.getContainerLogs?.(ref, { ...options, ...call }),
      (late) => readBytes(late as ByteSource, exchange.controller.signal).next(),
    );
    return source as ByteSource;
  } catch (error) {
    if (!options.previous || !isProviderError(error, "NotFound")) throw error;
    const { container, pod } = ref;
    const message = `previous terminated container ${quoted(container)} in pod ${quoted(pod.name)} not found`;
    throw new HttpError(400, message);
  }
}
