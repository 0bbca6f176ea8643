import type { Socket } from "node:net";
import type { Status } from "@virtual-kubelet/kubernetes";
import type { Awaitable, Call, ContainerProcess, Exit, TerminalSize } from "@virtual-kubelet/provider";
import type { AuditedAction, AuditedOutcome } from "../audit.ts";
import { errorMessage } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { type StreamKind, publishStream } from "../streaming/stream-channel.ts";
import type { StreamSelection } from "./command-options.ts";
import { statusFromError } from "./command-result.ts";
import { requireCommandProtocol } from "./command-protocol.ts";
import type { CommandStreams } from "./command-streams.ts";
import { connectProcess } from "./connect-process.ts";

/** A process that a client is to be connected to. */
export interface Command {
  readonly selection: StreamSelection;
  start(call: Call & { readonly size?: TerminalSize }): Awaitable<ContainerProcess | undefined>;
  /** What a failure was a failure of: `attaching to container`. */
  readonly doing: string;
  /** What the client and the audit line are told of its end. */
  ended(exit: Exit): CommandOutcome;
}

interface CommandOutcome {
  readonly status: Status;
  readonly description: string;
}

export interface CommandServing {
  readonly kind: Extract<StreamKind, AuditedAction>;
  /** Everything that can be refused in plain HTTP is refused here. */
  check(): Promise<Command>;
}

/** Clients send their terminal's size right after the handshake; this is how long the command waits for it. */
const firstSizeMs = 100;

/** Leaves HTTP, and connects the client to a process until that has ended. */
export async function serveCommand(
  exchange: Exchange,
  upgrade: Upgrade,
  serving: CommandServing,
): Promise<AuditedOutcome> {
  const command = await serving.check();
  // Last: kubectl tries again by SPDY whatever it was that was refused, and shows only the second answer.
  const protocol = requireCommandProtocol(exchange);
  const streams = await protocol.accept(exchange, upgrade, command.selection);
  using _published = publishStream({ kind: serving.kind, protocol: protocol.name }, upgrade.socket as Socket);
  const { status, description } = await runCommand(exchange, command, streams);
  await streams.finish(status);
  return { outcome: description };
}

async function runCommand(exchange: Exchange, command: Command, streams: CommandStreams): Promise<CommandOutcome> {
  try {
    return await outcomeOf(exchange, command, streams);
  } catch (error) {
    return { status: statusFromError(error, command.doing), description: `failed: ${errorMessage(error)}` };
  } finally {
    // What is left of it, a stream that is still open say, ends here.
    exchange.controller.abort(new Error("The command has ended."));
  }
}

async function outcomeOf(exchange: Exchange, command: Command, streams: CommandStreams): Promise<CommandOutcome> {
  const size = command.selection.tty ? await streams.sizes.take(firstSizeMs) : undefined;
  const process = await callProvider(
    exchange,
    (call) => command.start({ ...call, ...(size ? { size } : {}) }),
    (late) => connectProcess(late, streams),
  );
  return command.ended(await connectProcess(process, streams));
}
