/* In a network namespace of its own, `node vanishing-host.ts <what>`: a client's network goes, and the seconds until the node notices are printed. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { HostProvider } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { SpdyCommand } from "../spdy-command-client.ts";

const what = process.argv[2] ?? "";
/** Long enough for the sockets between the two to be full. */
const settlingMs = 1000;

execFileSync("ip", ["link", "set", "lo", "up"]);
const provider = new HostProvider();
await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 2000 });
const { client, streams } = await SpdyCommand.open(kubelet, {
  command: what === "output" ? ["cat", "/dev/zero"] : ["sleep", "1000"],
});
if (what === "output") client.socket.resume();
if (what === "input") void flood();
await sleep(settlingMs);
execFileSync("ip", ["link", "set", "lo", "down"]);
const goneAt = performance.now();
await eventually(() => provider.calls[0]?.signal.aborted === true, 60_000);
process.stdout.write(`${Math.ceil((performance.now() - goneAt) / 1000)} ${String(provider.calls[0]?.signal.reason)}\n`);
process.exit();

async function flood(): Promise<void> {
  for (;;) await streams["stdin"]?.write(Buffer.alloc(65_536));
}
