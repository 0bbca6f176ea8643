import { once } from "node:events";
import { type Socket, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import type { PodRef } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type ProcessNode, StateDirectory, call, shell, textOf, until } from "./process-node.ts";

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

/** A pod in which Node.js serves: what it is sent comes back, after `from ` and its name. Gives its port. */
async function serving(node: ProcessNode, host: string, name = "pod"): Promise<{ pod: PodRef; port: number }> {
  const answer = `socket => { socket.write("from ${name} "); socket.on("data", b => socket.write(b)).on("end", () => socket.end(" end")) }`;
  const server = `require("net").createServer({ allowHalfOpen: true }, ${answer}).listen(0, "${host}", function () { console.log(this.address().port) })`;
  const pod = await node.create(shell(`exec '${process.execPath}' -e '${server}'`));
  await node.waitForPhase(pod, "Running");
  let port = 0;
  await until(async () => (port = Number(await node.logs(pod))) > 0, "the server's port");
  return { pod, port };
}

async function forward(node: ProcessNode, pod: PodRef, port: number, signal = call.signal): Promise<Socket> {
  return (await node.provider.forwardPort(pod, { port, signal })) as Socket;
}

describe("a forwarded port", () => {
  test.each(["127.0.0.1", "0.0.0.0", "127.0.0.7", ...(hasIPv6 ? ["::1", "::"] : [])])(
    "reaches the pod that listens on %s, and each side may end first",
    async (host) => {
      await using state = new StateDirectory();
      await using node = await state.node();
      const { pod, port } = await serving(node, host);
      for (let round = 0; round < 2; round++) {
        const socket = await forward(node, pod, port);
        socket.end("word");
        expect(await textOf(socket)).toBe("from pod word end");
      }
    },
  );

  test("never reaches a process that is not the pod's", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const { pod, port } = await serving(node, "127.0.0.1");
    const other = await node.create(shell("exec sleep 300"));
    await node.waitForPhase(other, "Running");
    let reached = 0;
    await using foreign = createServer(() => reached++).listen(0, "127.0.0.1");
    await once(foreign, "listening");
    const { port: foreignPort } = foreign.address() as { port: number };
    await expect(forward(node, other, port)).rejects.toMatchObject({
      code: "Unavailable",
      message: `pod "default/${other.name}" does not listen on port ${port}`,
    });
    await expect(forward(node, pod, foreignPort)).rejects.toMatchObject({ code: "Unavailable" });
    // Of one port, too, only the address is reached that is the pod's.
    await using beside = createServer((socket) => {
      reached++;
      socket.end("from outside");
    });
    beside.listen(port, "127.0.0.9");
    await once(beside, "listening");
    const socket = await forward(node, pod, port);
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.end();
    expect(await textOf(socket)).toBe("from pod  end");
    expect(reached).toBe(0);
  });

  test("does not reach who has taken a port that was the pod's", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const { pod, port } = await serving(node, "127.0.0.1");
    (await forward(node, pod, port)).destroy();
    await node.delete(pod);
    let reached = 0;
    await using foreign = createServer(() => reached++).listen(port, "127.0.0.1");
    await once(foreign, "listening");
    await expect(forward(node, pod, port)).rejects.toMatchObject({ code: "NotFound" });
    expect(reached).toBe(0);
  });

  test("reaches what a child of the container's process serves, also after the supervisor was killed", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const server = `require("net").createServer(socket => socket.end("hello")).listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    const pod = await node.create(shell(`(setsid '${process.execPath}' -e '${server}' &); exec sleep 300`));
    let port = 0;
    await until(
      async () => (await node.status(pod))?.phase === "Running" && (port = Number(await node.logs(pod))) > 0,
      "the server's port",
    );
    expect(await textOf(await forward(node, pod, port))).toBe("hello");
    await state.killSupervisor();
    expect(await textOf(await forward(node, pod, port))).toBe("hello");
  });

  test("ends with the call", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const { pod, port } = await serving(node, "127.0.0.1");
    const stop = new AbortController();
    const socket = await forward(node, pod, port, stop.signal);
    stop.abort();
    await until(() => socket.destroyed, "the connection's end");
    await expect(forward(node, pod, port, stop.signal)).rejects.toMatchObject({ name: "ProviderError" });
  });
});
