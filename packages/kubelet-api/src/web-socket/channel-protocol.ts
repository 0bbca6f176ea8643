/** One of the ways to carry several streams in one WebSocket. */
export interface ChannelProtocol {
  /** The subprotocol's name, as both sides say it; empty for a client that names none. */
  readonly name: string;
  /** Text frames of a digit and base64, for browsers of old; else binary frames. */
  readonly base64: boolean;
  /** Whether the error channel carries a Status as JSON; else plain text, and nothing on success. */
  readonly jsonStatus: boolean;
  /** Whether a frame `[255, channel]` ends a channel. Without it, standard input ends with the connection only. */
  readonly closesChannels: boolean;
}

const plain = { base64: false, jsonStatus: false, closesChannels: false };

/** Best first. Kubernetes: `k8s.io/apimachinery/pkg/util/remotecommand` and `wsstream`. */
export const channelProtocols: readonly ChannelProtocol[] = [
  { ...plain, name: "v5.channel.k8s.io", jsonStatus: true, closesChannels: true },
  { ...plain, name: "v4.channel.k8s.io", jsonStatus: true },
  { ...plain, name: "v4.base64.channel.k8s.io", base64: true, jsonStatus: true },
  { ...plain, name: "channel.k8s.io" },
  { ...plain, name: "base64.channel.k8s.io", base64: true },
];

const unnamed: ChannelProtocol = { ...plain, name: "" };

/** The first of `spoken` that the client's `Sec-WebSocket-Protocol` header offers; `undefined` when it offers none of them. */
export function chooseChannelProtocol(
  header: string | undefined,
  spoken: readonly ChannelProtocol[] = channelProtocols,
): ChannelProtocol | undefined {
  if (header === undefined) return unnamed;
  const offered = new Set(header.split(",").map((name) => name.trim()));
  return spoken.find(({ name }) => offered.has(name));
}
