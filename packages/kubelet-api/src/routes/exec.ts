import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Status } from "@virtual-kubelet/kubernetes";
import type { ContainerProcess, ContainerRef, TerminalSize } from "@virtual-kubelet/provider";
import { auditLine } from "../audit.ts";
import { HttpError, errorMessage } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { findContainer } from "../pods/container-lookup.ts";
import { execRefusal, requireReady } from "../pods/readiness.ts";
import { parseCommandOptions } from "../remote-command/command-options.ts";
import type { CommandOptions } from "../remote-command/command-options.ts";
import { describeExit, statusFromError, statusFromExit } from "../remote-command/command-result.ts";
import type { CommandStreams } from "../remote-command/command-streams.ts";
import { connectProcess } from "../remote-command/connect-process.ts";
import { acceptWebSocket, requireChannelProtocol } from "../web-socket/accept-web-socket.ts";
import type { ChannelProtocol } from "../web-socket/channel-protocol.ts";
import { WebSocketCommandStreams } from "../web-socket/web-socket-command-streams.ts";

/** What a request is found to ask for, before anything is upgraded or started. */
interface ExecRequest {
  readonly command: CommandOptions;
  readonly container: ContainerRef;
  readonly protocol: ChannelProtocol;
}

/** How it went, for the client and for the audit line. */
interface ExecOutcome {
  readonly status: Status;
  readonly description: string;
}

/** Clients send their terminal's size right after the handshake; this is how long the command waits for it. */
const firstSizeMs = 100;

/** Runs a command in a container. */
export async function exec(exchange: Exchange, upgrade: Upgrade): Promise<void> {
  const startedAt = performance.now();
  let outcome = "";
  try {
    const request = await checkRequest(exchange);
    const socket = await acceptWebSocket(exchange, upgrade, request.protocol);
    if (!socket) throw new HttpError(400, "the WebSocket handshake was not valid");
    const streams = new WebSocketCommandStreams(socket, {
      ...request,
      controller: exchange.controller,
      connection: upgrade.socket as Socket,
      timeouts: exchange.services.timeouts,
    });
    const { status, description } = await runCommand(exchange, request, streams);
    outcome = description;
    await streams.finish(status);
  } catch (error) {
    outcome = `refused: ${errorMessage(error)}`;
    throw error;
  } finally {
    const command = exchange.query.getAll("command");
    const durationMs = performance.now() - startedAt;
    auditLine(exchange.services.logger, exchange, { action: "exec", command, outcome, durationMs });
  }
}

/** Everything that can be refused in plain HTTP is refused here. */
async function checkRequest(exchange: Exchange): Promise<ExecRequest> {
  const command = parseCommandOptions(exchange.query);
  const found = findContainer(exchange.services.pods, exchange.parameters);
  if (!exchange.services.provider.exec) {
    throw new HttpError(501, "This node's provider does not run commands in containers.");
  }
  await requireReady(exchange, found, execRefusal);
  // Last: kubectl tries again by SPDY whatever it was that was refused, and shows only the second answer.
  return { command, container: found.ref, protocol: requireChannelProtocol(exchange) };
}

async function runCommand(exchange: Exchange, request: ExecRequest, streams: CommandStreams): Promise<ExecOutcome> {
  try {
    const size = request.command.tty ? await streams.sizes.take(firstSizeMs) : undefined;
    const process = await startProcess(exchange, { ...request, streams, size });
    const exit = await connectProcess(process, streams);
    return { status: statusFromExit(exit), description: describeExit(exit) };
  } catch (error) {
    return { status: statusFromError(error), description: `failed: ${errorMessage(error)}` };
  } finally {
    // What is left of it, a stream that is still open say, ends here.
    exchange.controller.abort(new Error("The command has ended."));
  }
}

async function startProcess(
  exchange: Exchange,
  { container, command, streams, size }: ExecRequest & { streams: CommandStreams; size: TerminalSize | undefined },
): Promise<ContainerProcess> {
  const process = await callProvider(
    exchange,
    (call) => exchange.services.provider.exec?.(container, { ...command, ...call, ...(size ? { size } : {}) }),
    (late) => connectProcess(late as ContainerProcess, streams),
  );
  return process as ContainerProcess;
}
