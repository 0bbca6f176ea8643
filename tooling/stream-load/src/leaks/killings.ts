import type { Duplex } from "node:stream";
import { type Protocol, get } from "../clients/endpoint.ts";
import { PortForward } from "../clients/forwarded-port.ts";
import { logsPath } from "../clients/paths.ts";
import type { Trial } from "../node/trial.ts";
import { commandKillings } from "./command-killings.ts";
import { kubectlKillings } from "./kubectl-killings.ts";
import { gone, someOf } from "./some-bytes.ts";
import type { Victims } from "./victims.ts";
import { type WayToGo, leave } from "./ways-to-go.ts";

/** A client that is killed half way: opens something, and leaves in the midst of it. */
export interface Killing {
  /** `exec, in its output, over spdy`. */
  readonly name: string;
  readonly kill: (trial: Trial, victims: Victims, way: WayToGo) => Promise<void>;
  /** How often at most. */
  readonly most?: number;
}

const protocols: readonly Protocol[] = ["web-socket", "spdy"];

export const killings: readonly Killing[] = [
  ...protocols.flatMap((protocol) => [
    ...commandKillings(protocol),
    portForward(`port-forward, in a download, over ${protocol}`, protocol, ({ data }) => someOf(data)),
    portForward(`port-forward, while nothing is said, over ${protocol}`, protocol, async () => {}),
  ]),
  {
    name: "logs -f, in the midst",
    kill: async ({ node: endpoint }, { talker }, way) => {
      const answer = await get(endpoint, logsPath(endpoint, talker, "follow=true"));
      await someOf(answer);
      leave(answer.socket, way);
      await gone(answer.socket);
    },
  },
  ...kubectlKillings,
];

function portForward(
  name: string,
  protocol: Protocol,
  use: (port: { readonly data: Duplex }) => Promise<void>,
): Killing {
  return {
    name,
    kill: async ({ node: endpoint }, { server }, way) => {
      const forward = await PortForward.open(endpoint, server, protocol);
      const ports = [forward.connect(server.port), forward.connect(server.port)];
      await Promise.all(ports.map(use));
      leave(forward.socket, way);
      await gone(forward.socket);
    },
  };
}
