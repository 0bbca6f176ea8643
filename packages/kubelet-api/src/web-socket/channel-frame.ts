import type { ChannelProtocol } from "./channel-protocol.ts";

/** The streams of a remote command, by the number that each frame starts with. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const closeSignal = 255;
const zero = "0".charCodeAt(0);

/** What one message of the client says. */
export type ChannelFrame =
  | { readonly type: "data"; readonly channel: number; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly channel: number }
  /** Some clients open with an empty message; it says nothing. */
  | { readonly type: "empty" }
  | { readonly type: "invalid"; readonly problem: string };

/** Reads one message: a channel byte and bytes, or a channel digit and base64. */
export function decodeFrame(
  message: Uint8Array,
  protocol: ChannelProtocol,
  lastChannel: number = channels.resize,
): ChannelFrame {
  const first = message[0];
  if (first === undefined) return { type: "empty" };
  if (protocol.closesChannels && first === closeSignal) return decodeClose(message, lastChannel);
  const channel = protocol.base64 ? first - zero : first;
  if (channel < 0 || channel > lastChannel) return { type: "invalid", problem: `unknown channel ${channel}` };
  const rest = message.subarray(1);
  if (!protocol.base64) return { type: "data", channel, payload: rest };
  const payload = decodeBase64(rest);
  return payload ? { type: "data", channel, payload } : { type: "invalid", problem: "not base64" };
}

function decodeClose(message: Uint8Array, lastChannel: number): ChannelFrame {
  const [, channel] = message;
  if (message.length !== 2 || channel === undefined || channel > lastChannel) {
    return { type: "invalid", problem: "a close signal that names no channel" };
  }
  return { type: "close", channel };
}

/** Strict, since Node's own decoder passes over what it cannot read and would hand on damaged input. */
function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  const encoded = Buffer.from(text.buffer, text.byteOffset, text.length).toString("latin1");
  const complete = encoded.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded);
  return complete ? Buffer.from(encoded, "base64") : undefined;
}

/** The message that carries `payload` on `channel`: a string is sent as a text frame, bytes as a binary one. */
export function encodeFrame(channel: number, payload: Uint8Array, protocol: ChannelProtocol): Buffer | string {
  if (protocol.base64) {
    const encoded = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("base64");
    return String.fromCharCode(zero + channel) + encoded;
  }
  const frame = Buffer.allocUnsafe(payload.length + 1);
  frame[0] = channel;
  frame.set(payload, 1);
  return frame;
}
