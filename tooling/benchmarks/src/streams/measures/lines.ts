import { type Protocol, PortForward, openCommand } from "@virtual-kubelet/stream-load";
import type { Line } from "./line.ts";
import type { Scene, Way } from "../scene.ts";

export const protocols: readonly Protocol[] = ["spdy", "web-socket"];

/** What is carried to and from a node, each a line of its kind: `out`, `in <bytes>`, `echo`. */
export interface Carrier {
  readonly name: string;
  open(scene: Scene, way: Way, wanted: Wanted): Promise<Line>;
}

export interface Wanted {
  readonly over: Protocol;
  readonly what: "out" | "in" | "echo";
  readonly bytes: number;
}

export const carriers: readonly Carrier[] = [
  {
    name: "exec",
    async open({ idle: target }, { endpoint }, { over: protocol, what, bytes }) {
      const command = commandFor(what, bytes);
      const { stdin, stdout, socket } = await openCommand(endpoint, {
        protocol,
        target,
        command,
        streams: ["stdin", "stdout"],
      });
      if (!stdin || !stdout) throw new Error("A stream is missing that was asked for");
      return { input: stdin, output: stdout, socket };
    },
  },
  {
    name: "port-forward",
    async open({ server }, { endpoint }, { over, what, bytes }) {
      const forward = await PortForward.open(endpoint, server, over);
      const { data } = forward.connect(server.port);
      data.write(what === "in" ? `in ${bytes}\n` : `${what}\n`);
      return { input: data, output: data, socket: forward.socket };
    },
  },
];

function commandFor(what: Wanted["what"], bytes: number): readonly string[] {
  if (what === "out") return ["cat", "/dev/zero"];
  return what === "echo" ? ["cat"] : ["sh", "-c", `head -c ${bytes} > /dev/null; echo done`];
}
