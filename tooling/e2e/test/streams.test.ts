import { expect } from "vitest";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { needsOrdinaryAddress, type ScenarioOptions, scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const proxied: ScenarioOptions = {
  notEmbedded: "proxies to nodes and pods",
  unless: needsOrdinaryAddress("an API server does not proxy to loopback"),
};

scenario("logs of running and ended containers, their tail, with times, and as they come", {}, async (it) => {
  await it.apply(
    pod("talker", "for i in 1 2 3 4 5; do echo line $i; done; exec sleep 1000"),
    pod("done", "echo said; echo loudly >&2", { restartPolicy: "Never" }),
  );
  await it.untilRunning("talker");
  await it.untilPod("done", ({ status }) => status?.phase === "Succeeded", "Succeeded");
  await it.until(async () => (await it.succeed("logs", "talker")).includes("line 5"), "all lines");
  expect(await it.succeed("logs", "talker", "--tail=2")).toBe("line 4\nline 5\n");
  expect(await it.succeed("logs", "talker", "--tail=1", "--timestamps")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line 5\n$/);
  expect((await it.succeed("logs", "done")).split("\n").toSorted()).toEqual(["", "loudly", "said"]);
  await using following = it.terminal("logs", "talker", "--follow");
  const all = "line 1\nline 2\nline 3\nline 4\nline 5\n";
  await it.until(async () => following.screen === all, "all lines once more");
  await it.succeed("delete", "pod", "talker", "--timeout=30s");
  expect([await following.ended, following.screen]).toEqual([0, all]);
});

scenario("exec gives output, errors and the exit code, and takes input", {}, async (it) => {
  await it.apply(pod("shell", forEver));
  await it.untilRunning("shell");
  expect(await it.kubectl("exec", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 7")).toEqual({
    code: 7,
    stdout: "out\n",
    stderr: "err\ncommand terminated with exit code 7\n",
  });
  const megabyte = "0123456789abcde\n".repeat(65_536);
  const counted = await it.succeedWith(megabyte, "exec", "-i", "shell", "--", "sh", "-c", "wc -c");
  expect(counted.trim()).toBe(String(megabyte.length));
});

scenario("attach reaches the container's own streams", {}, async (it) => {
  const echo = 'while read line; do echo "heard $line"; done';
  await it.apply(pod("echo", echo, { containers: [container(echo, { stdin: true, stdinOnce: true })] }));
  await it.untilRunning("echo");
  expect(await it.succeedWith("hello\n", "attach", "-i", "echo")).toContain("heard hello");
});

scenario("port-forward reaches a port of the pod", {}, async (it) => {
  const port = await servingPod(it, "127.0.0.1");
  await using forward = it.terminal("port-forward", "web", `:${port}`);
  const local = await it.until(
    async () => /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(forward.screen)?.[1],
    "the forwarded port",
  );
  expect(await (await fetch(`http://127.0.0.1:${local}/there`)).text()).toBe("hello from /there");
});

scenario("nodes/proxy reaches the kubelet API as the API server's own identity", proxied, async (it) => {
  const path = `/api/v1/nodes/${it.stage.nodeName}/proxy`;
  expect(await it.succeed("get", "--raw", `${path}/healthz`)).toBe("ok");
  await it.apply(pod("listed", forEver));
  await it.untilRunning("listed");
  const { items } = JSON.parse(await it.succeed("get", "--raw", `${path}/pods`)) as {
    items: { metadata: { name: string } }[];
  };
  expect(items.map(({ metadata }) => metadata.name)).toContain("listed");
});

scenario("pods/proxy reaches a server in a pod", proxied, async (it) => {
  const port = await servingPod(it, it.stage.address);
  const path = `/api/v1/namespaces/${it.namespace}/pods/web:${port}/proxy/there`;
  const answer = await it.until(() => it.succeed("get", "--raw", path), "an answer");
  expect(answer).toBe("hello from /there");
});

/** Pod `web` with an HTTP server at an address: the port that the system gave it. */
async function servingPod(it: Workbench, address: string): Promise<string> {
  const answer = '(q,a)=>a.end("hello from "+q.url)';
  const server = `require("http").createServer(${answer}).listen(0,"${address}",function(){console.log(this.address().port)})`;
  await it.apply(pod("web", `exec '${process.execPath}' -e '${server}'`));
  return it.until(async () => /^\d+/.exec(await it.succeed("logs", "web"))?.[0], "the server's port");
}
