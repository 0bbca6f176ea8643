import { describe, expect, it } from "vitest";
import { HostProvider, bareProvider, isAlive } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";

const post = { method: "POST" };
const path = (cmd: string): string => `/run/default/web/app?cmd=${encodeURIComponent(cmd)}`;

describe("run", () => {
  it("answers with what the command wrote, and leaves an audit line", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    expect(await kubelet.get(path("printf one\\ntwo"), post)).toMatchObject({ status: 200, body: "one\ntwo" });
    expect(provider.calls[0]).toMatchObject({ command: ["printf", "one\\ntwo"], tty: false, stdin: false });
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({
      audit: "run",
      user: "kube-apiserver-kubelet-client",
      container: "app",
      command: String.raw`["printf","one\\ntwo"]`,
      outcome: "exit code 0",
    });
  });

  it("goes by the path with the pod's UID, and ends the command's input at once", async () => {
    await using kubelet = await Kubelet.start();
    expect(await kubelet.get("/run/default/web/uid-1/app?cmd=cat", post)).toMatchObject({ status: 200, body: "" });
  });

  it("gives both outputs, and 500 for a command that does not end well", async () => {
    await using kubelet = await Kubelet.start();
    const answer = await kubelet.get(path("ls /nowhere"), post);
    expect(answer.status).toBe(500);
    expect(answer.body).toMatch(/^command 'ls \/nowhere' ended with exit code 2: ls: .*\/nowhere/);
  });

  it("ends a command that writes without end, in bounded memory", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const answer = await kubelet.get(path("yes"), post);
    expect(answer).toMatchObject({ status: 500, body: "the command wrote more than 4194304 bytes" });
    await eventually(() => !isAlive(provider.pids[0]));
  });

  it("kills the command of a client that goes away", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const socket = await kubelet.socket();
    socket.write(`POST ${path("sleep 100")} HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n`);
    await eventually(() => provider.pids.length === 1);
    socket.destroy();
    await eventually(() => !isAlive(provider.pids[0]));
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({ outcome: "failed: The client is gone." });
  });

  it.each([
    ["no command", "/run/default/web/app", 400, "you must specify a command"],
    ["an unknown pod", "/run/default/none/app?cmd=true", 404, 'pod "none" does not exist'],
    ["a container that has ended", "/run/default/web/done?cmd=true", 400, "is not running: Completed"],
  ])("of %s is refused", async (...[, target, status, message]) => {
    await using kubelet = await Kubelet.start();
    const answer = await kubelet.get(target, post);
    expect(answer).toMatchObject({ status, body: expect.stringContaining(message) as string });
  });

  it("is 501 with a provider that cannot, and takes no GET", async () => {
    await using kubelet = await Kubelet.start({ provider: bareProvider });
    expect((await kubelet.get(path("true"), post)).status).toBe(501);
    expect((await kubelet.get(path("true"))).status).toBe(405);
  });
});
