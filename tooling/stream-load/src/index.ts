/**
 * Clients of a node's streams that know nothing of its code: SPDY/3.1 and WebSocket, by the byte, with the connection at hand
 * to be cut off; and a node to try them on.
 *
 * ```ts
 * import { openCommand, startTrial } from "@virtual-kubelet/stream-load";
 *
 * await using trial = await startTrial();
 * const target = await trial.runPod("idle", { command: ["sleep", "1000"] });
 * const command = await openCommand(trial.node, {
 *   protocol: "web-socket",
 *   target,
 *   command: ["cat", "/dev/zero"],
 *   streams: ["stdout"],
 * });
 * command.socket.destroy();
 * ```
 *
 * @packageDocumentation
 */
export { type CommandOptions, openCommand, type RemoteCommand } from "./clients/command.ts";
export {
  type Endpoint,
  get,
  openSocket,
  openSpdy,
  openWebSocket,
  type Protocol,
  reset,
  type Upgraded,
} from "./clients/endpoint.ts";
export { type ForwardedPort, PortForward } from "./clients/forwarded-port.ts";
export { commandPath, logsPath, type PodContainer, portForwardPath, type StreamName } from "./clients/paths.ts";
export type { NodeReport } from "./node/messages.ts";
export { startTrial, type Trial, type TrialTarget } from "./node/trial.ts";
export type { TrialCluster } from "./node/trial-cluster.ts";
export { headerDictionary, lengthPrefixed } from "./spdy/dictionary.ts";
export { controlFrame, dataFrame, type Frame, FrameReader, frameTypes, uint32 } from "./spdy/frames.ts";
export { SpdyConnection, type SpdyStream } from "./spdy/spdy-connection.ts";
