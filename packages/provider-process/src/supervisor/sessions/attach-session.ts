import type { Socket } from "node:net";
import { channels } from "../../protocol/frames.ts";
import type { AttachSpec, Resize } from "../../protocol/messages.ts";
import type { ContainerStreams } from "../container-streams.ts";
import { type Session, knockWhilePaused } from "./session.ts";

/** Joins a connection to a container's main process, which does not notice. */
export function startAttach(streams: ContainerStreams, spec: AttachSpec, socket: Socket): Session {
  const { stdin, stdout, stderr } = spec;
  // A terminal has one output.
  streams.attachers.add(socket, streams.hasTerminal ? { stdout: stdout || stderr, stderr: false } : { stdout, stderr });
  const input = stdin ? streams.input : undefined;
  const gone = new AbortController();
  if (stdin) knockWhilePaused(socket);
  input?.onReady(() => socket.resume(), gone.signal);
  let hasInput = stdin;
  return {
    take({ channel, payload }) {
      if (channel === channels.message) return streams.resize((JSON.parse(payload.toString()) as Resize).resize);
      if (channel !== channels.stdin || !hasInput) return;
      if (payload.length === 0) {
        hasInput = false;
        streams.endInput();
      } else if (streams.hasTerminal) streams.type(payload);
      else if (input && !input.write(payload)) socket.pause();
    },
    leave() {
      gone.abort();
      if (hasInput) streams.leaveInput();
    },
  };
}
