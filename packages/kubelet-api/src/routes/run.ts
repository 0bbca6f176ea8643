import type { ServerResponse } from "node:http";
import type { ContainerProcess, Exit } from "@virtual-kubelet/provider";
import type { AuditedOutcome } from "../audit.ts";
import { HttpError } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange } from "../http/exchange.ts";
import { findContainer } from "../pods/container-lookup.ts";
import { execRefusal, requireReady } from "../pods/readiness.ts";
import { splitCommand } from "../remote-command/command-options.ts";
import { describeExit } from "../remote-command/command-result.ts";
import type { CommandStreams } from "../remote-command/command-streams.ts";
import { connectProcess } from "../remote-command/connect-process.ts";
import { LatestSize } from "../remote-command/latest-size.ts";
import { ByteCollector } from "../streaming/byte-collector.ts";
import { publishStream } from "../streaming/stream-channel.ts";

/** Until the command has ended nobody knows which status the answer has, so its output waits; more than this ends it. */
const longestOutput = 4 * 1024 * 1024;

/**
 * Runs a command in a container and answers with what it wrote, stdout and stderr as they came. `cmd` is cut at its spaces, as
 * kubelet does, and seen by no shell. A command that does not end well is 500, and its output is told all the same.
 */
export async function run(exchange: Exchange, response: ServerResponse): Promise<AuditedOutcome> {
  const command = splitCommand(exchange.query);
  try {
    const { exit, output } = await runCommand(exchange, command);
    answer(response, exit, { command, output });
    return { outcome: describeExit(exit) };
  } finally {
    // A command that is still there, one that wrote too much say, ends here.
    exchange.controller.abort(new Error("The command has ended."));
  }
}

async function runCommand(
  exchange: Exchange,
  [program = "", ...rest]: readonly string[],
): Promise<{ readonly exit: Exit; readonly output: Buffer }> {
  if (program === "") throw new HttpError(400, "you must specify a command in the parameter cmd");
  const found = findContainer(exchange.services.pods, exchange.parameters);
  const { provider } = exchange.services;
  if (!provider.exec) throw new HttpError(501, "This node's provider does not run commands in containers.");
  await requireReady(exchange, found, execRefusal);
  using _published = publishStream({ kind: "run", protocol: "HTTP/1.1" }, exchange.request.socket);
  const { streams, output } = collect(exchange.controller.signal);
  const call = { command: [program, ...rest] as const, tty: false, stdin: false, stdout: true, stderr: true };
  const process = await callProvider(
    exchange,
    ({ signal }) => provider.exec?.(found.ref, { ...call, signal }),
    (late: ContainerProcess | undefined) => connectProcess(late, streams),
  );
  const exit = await connectProcess(process, streams);
  return { exit, output: output.bytes() };
}

function collect(signal: AbortSignal): { readonly streams: CommandStreams; readonly output: ByteCollector } {
  const output = new ByteCollector();
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (output.length + bytes.length > longestOutput) {
      throw new HttpError(500, `the command wrote more than ${longestOutput} bytes`);
    }
    output.push(bytes);
  };
  const sizes = new LatestSize();
  sizes.end();
  return { output, streams: { signal, stdout: { write }, stderr: { write }, sizes, finish: async () => {} } };
}

function answer(
  response: ServerResponse,
  exit: Exit,
  { command, output }: { readonly command: readonly string[]; readonly output: Buffer },
): void {
  const hasSucceeded = exit.type === "code" && exit.code === 0;
  const complaint = hasSucceeded ? "" : `command '${command.join(" ")}' ended with ${describeExit(exit)}: `;
  response.writeHead(hasSucceeded ? 200 : 500, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(Buffer.concat([Buffer.from(complaint), output]));
}
