import { readFileSync, readdirSync } from "node:fs";
import { type Provider, ProviderError } from "@virtual-kubelet/provider";
import { expect } from "vitest";
import { HostProvider, isAlive } from "../host-provider.ts";
import { type Kubelet, eventually } from "../kubelet.ts";
import { portForwardPath } from "../port-forward-client.ts";
import { RemoteCommand, execPath } from "../remote-command-client.ts";

/**
 * What an unmodified kube-apiserver sent to a node, on behalf of an unmodified kubectl, once HTTP had been left: each file one
 * connection, in hexadecimal. `exec` is `kubectl exec -i … -- sh -c 'cat; echo e >&2; exit 7'` with a line of input, `terminal` a
 * `kubectl exec -it`, `port-forward` two requests of curl.
 */
export interface Recording {
  /** `exec-by-kubectl-1.28-on-1.35` */
  readonly name: string;
  readonly bytes: Buffer;
}

export function recordings(over: "spdy" | "web-socket"): readonly Recording[] {
  const suffix = `.${over}.hex`;
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(suffix))
    .map((file) => {
      const text = readFileSync(new URL(file, import.meta.url), "utf8").replaceAll("\n", "");
      return { name: file.slice(0, -suffix.length), bytes: Buffer.from(text, "hex") };
    });
}

/** The bytes with one bit another, for every bit. */
export function* bitFlips(bytes: Buffer, { every = 1 } = {}): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit += every) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

/** What a client asks the node for before it sends such a recording. */
export function wantedBy(name: string): { path: string; protocol: { spdy: string; webSocket: string } } {
  if (name.startsWith("port-forward")) {
    const spdy = "portforward.k8s.io";
    return { path: portForwardPath, protocol: { spdy, webSocket: `SPDY/3.1+${spdy}` } };
  }
  const streams = name.startsWith("terminal") ? ["input", "output", "tty"] : ["input", "output", "error"];
  const path = execPath({ command: ["cat"], streams });
  return { path, protocol: { spdy: "v4.channel.k8s.io", webSocket: "v5.channel.k8s.io" } };
}

/** Commands on this host, and ports that nothing listens on. */
export function streamProvider(): HostProvider & Pick<Required<Provider>, "forwardPort"> {
  const forwardPort = (): never => {
    throw new ProviderError("Unavailable", "Nothing listens there.");
  };
  return Object.assign(new HostProvider(), { forwardPort });
}

/** Nothing is left of those before, and the next one is served. */
export async function expectUnharmed(kubelet: Kubelet, { calls, pids }: HostProvider): Promise<void> {
  await eventually(() => calls.every(({ signal }) => signal.aborted) && !pids.some(isAlive));
  const command = await RemoteCommand.open(kubelet, { command: ["true"] });
  expect((await command.status()).status).toBe("Success");
  expect(kubelet.lines.filter(({ message }) => String(message).includes("itself"))).toEqual([]);
}
