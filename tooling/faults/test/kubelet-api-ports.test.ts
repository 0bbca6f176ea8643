import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import {
  type PodContainer,
  PortForward,
  type Protocol,
  SpdyConnection,
  type Trial,
  get,
  logsPath,
  openSpdy,
  portForwardPath,
  startTrial,
} from "@virtual-kubelet/stream-load";
import { expect } from "vitest";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const echo = `require("node:net").createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

/** A listener of this host that is no pod's, as the host's own services are. */
async function startBystander() {
  let heard = "";
  const server = createServer((socket) => void socket.on("data", (bytes) => (heard += bytes.toString())));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

async function portOf({ node }: Trial, target: PodContainer): Promise<number> {
  const port = async (): Promise<number | undefined> => {
    const [, digits] = /^(\d+)\n/.exec(await text(await get(node, logsPath(node, target)))) ?? [];
    return digits === undefined ? undefined : Number(digits);
  };
  return until(port, { what: "the pod to say its port" });
}

/** So many at once, each with words of its own. */
async function talkToAll(forward: PortForward, port: number, count: number): Promise<void> {
  const talks = Array.from({ length: count }, async (_, index) => {
    const { data, complaint } = forward.connect(port);
    data.end(`connection ${index}`);
    // What is complained of says more than that the stream was reset for it.
    return [await text(data).catch(({ message }: Error) => message), await complaint];
  });
  expect(await Promise.all(talks)).toEqual(talks.map((_, index) => [`connection ${index}`, ""]));
}

/** What is said of a connection whose headers ask for more than a port. */
async function complaintOf({ node }: Trial, target: PodContainer, headers: Readonly<Record<string, string>>) {
  const { socket, head } = await openSpdy(node, portForwardPath(node, target), ["portforward.k8s.io"]);
  const connection = new SpdyConnection(socket, head);
  const error = connection.open({ ...headers, requestid: "0", streamtype: "error" });
  error.end();
  const data = connection.open({ ...headers, requestid: "0", streamtype: "data" });
  data.end("who is there?");
  const [heard, complaint] = await Promise.all([text(data).catch(() => ""), text(error).catch(() => "reset")]);
  socket.destroy();
  return { heard, complaint };
}

scenario(
  "54 forwarding of ports: closed ones, many at once, and those of others",
  {
    expected:
      "The pod's own ports are reached, however many at once; of all others the client is told that they are not.",
    guard: {
      file: "packages/provider-process/src/supervisor/ports/pod-ports.ts",
      from: "    return reachableAddresses(sockets, (inode) => this.#isHeld(inode));",
      to: "    return reachableAddresses(sockets, () => true);",
    },
    timeoutMs: 120_000,
  },
  async ({ saw }) => {
    await using trial = await startTrial();
    await using bystander = await startBystander();
    const target = await trial.runPod("echo", { command: [process.execPath, "-e", echo] });
    const port = await portOf(trial, target);
    for (const protocol of ["spdy", "web-socket"] satisfies readonly Protocol[]) {
      const forward = await PortForward.open(trial.node, target, protocol);
      await talkToAll(forward, port, 100);
      for (const closed of [1, bystander.port]) {
        const { data, complaint } = forward.connect(closed);
        // It may be reset before its end is sent.
        data.on("error", () => {});
        data.end("who is there?");
        expect(await complaint).toContain(`does not listen on port ${closed}`);
      }
      forward.socket.destroy();
    }
    // Names of hosts mean nothing, wherever they stand.
    const elsewhere = { host: "169.254.169.254", address: "127.0.0.1" };
    expect(await complaintOf(trial, target, { ...elsewhere, port: String(port) })).toEqual({
      heard: "who is there?",
      complaint: "",
    });
    for (const odd of ["169.254.169.254:80", "127.0.0.1:22", "0", "70000"]) {
      const { heard, complaint } = await complaintOf(trial, target, { port: odd });
      expect({ odd, heard, isRefused: complaint !== "" }).toEqual({ odd, heard: "", isRefused: true });
    }
    expect(bystander.heard()).toBe("");
    saw("200 connections answered, 4 to ports that are not the pod's refused, none to another host");
  },
);
