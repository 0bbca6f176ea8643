import type { Status } from "@virtual-kubelet/kubernetes";
import type { Kubelet } from "./kubelet.ts";
import { type ExecRequest, execPath } from "./remote-command-client.ts";
import { type ClientStream, SpdyClient } from "./spdy-client.ts";

const everyVersion = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
const asked: Readonly<Record<string, string>> = { input: "stdin", output: "stdout", error: "stderr", tty: "resize" };

/** The client's end of an exec by SPDY, as kubectl would hold it. */
export class SpdyCommand {
  readonly client: SpdyClient;
  readonly streams: Readonly<Record<string, ClientStream>>;

  private constructor(client: SpdyClient, streams: Readonly<Record<string, ClientStream>>) {
    this.client = client;
    this.streams = streams;
  }

  static async open(kubelet: Kubelet, request: ExecRequest): Promise<SpdyCommand> {
    const { streams: names = ["input", "output", "error"], protocols = everyVersion } = request;
    const client = await SpdyClient.open(kubelet, execPath(request), protocols);
    const types = ["error", ...names.flatMap((name) => asked[name] ?? [])];
    const streams = types.map((streamtype) => [streamtype, client.stream({ streamtype })] as const);
    await Promise.all(streams.map(([, stream]) => stream.reply));
    return new SpdyCommand(client, Object.fromEntries(streams));
  }

  stream(name: string): ClientStream {
    const stream = this.streams[name];
    if (!stream) throw new Error(`There is no stream ${name}.`);
    return stream;
  }

  /** How it ended; the client then hangs up. */
  async status(): Promise<Status> {
    await Promise.all(Object.values(this.streams).map(({ ended }) => ended));
    this.client.destroy();
    return JSON.parse(this.stream("error").text()) as Status;
  }
}
