import { expect, test } from "vitest";
import { HostProvider } from "../host-provider.ts";
import { Kubelet } from "../kubelet.ts";
import { portForwardPath } from "../port-forward-client.ts";
import { execPath } from "../remote-command-client.ts";
import { ReviewServer } from "../access/review-server.ts";

const webSocket = { Connection: "Upgrade", Upgrade: "websocket" };
const attachPath = "/attach/default/web/app?output=1";
const runPath = "/run/default/web/app?cmd=reboot+now";

test.each([
  [
    "exec",
    "GET",
    execPath({ command: ["reboot", "now"] }),
    webSocket,
    { command: '["reboot","now"]', container: "app" },
  ],
  ["attach", "GET", attachPath, webSocket, { container: "app" }],
  ["portForward", "GET", portForwardPath, webSocket, {}],
  ["run", "POST", runPath, {}, { command: '["reboot","now"]', container: "app" }],
] as const)(
  "%s that its caller may not have leaves a line, and reaches nothing",
  async (audit, method, path, headers, said) => {
    await using server = await ReviewServer.start();
    server.allows = () => false;
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, reviews: server.reviews });
    expect((await kubelet.get(path, { method, headers })).status).toBe(403);
    expect(kubelet.lines).toEqual([
      expect.objectContaining({
        audit,
        user: "kube-apiserver-kubelet-client",
        namespace: "default",
        pod: "web",
        outcome: expect.stringMatching(/^refused: Forbidden /),
        ...said,
      }),
    ]);
    expect(provider.calls).toEqual([]);
  },
);

test.each([
  ["without the headers that leave HTTP", {}, "refused: unable to upgrade: the request has no upgrade headers"],
  ["with a body", { ...webSocket, "Content-Length": "2" }, "refused: unable to upgrade: the request has a body"],
])("exec %s leaves a line", async (_, headers, outcome) => {
  await using kubelet = await Kubelet.start();
  expect((await kubelet.get(execPath({ command: ["true"] }), { headers })).status).toBe(400);
  expect(kubelet.lines).toEqual([expect.objectContaining({ audit: "exec", command: '["true"]', outcome })]);
});

test("what starts nothing in a pod leaves none", async () => {
  await using kubelet = await Kubelet.start();
  await kubelet.get("/pods");
  await kubelet.get("/none");
  expect(kubelet.lines).toEqual([]);
});
