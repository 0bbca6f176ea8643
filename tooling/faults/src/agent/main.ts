/* A node as a process of its own, that can be killed: `node main.ts '{ "server": …}'`. Says `ready` once it is. */
import type { Credentials } from "@virtual-kubelet/kubernetes";
import { VirtualNode } from "virtual-kubelet";
import { faultProvider } from "../fault-provider.ts";
import { type CrashPoint, crashingProvider } from "./crashing-provider.ts";

export interface AgentOptions {
  readonly nodeName: string;
  readonly server: string;
  readonly credentials: Credentials;
  /** Where the backend listens. */
  readonly backend: string;
  readonly missedTwiceMs: number;
  readonly crashAt?: CrashPoint | undefined;
}

const [text = "{}"] = process.argv.slice(2);
const { nodeName, server, credentials, backend, missedTwiceMs, crashAt } = JSON.parse(text) as AgentOptions;
const node = new VirtualNode({
  name: nodeName,
  connection: { server, namespace: "default", credentials: () => credentials },
  kubeletApi: false,
  taints: [],
  missedTwiceMs,
  // Few names are killed and made anew all the time: most of what is there at a start may well be gone.
  disappearance: { pods: 1_000 },
  provider: (context) => crashingProvider(faultProvider({ url: backend }, context), crashAt),
});
// Whoever started it and is no more needs it no more.
process.stdin.resume().on("end", () => process.exit());
void node.ready.then(() => process.stdout.write("ready\n"));
await node.run();
