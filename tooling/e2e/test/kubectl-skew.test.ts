import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isCarried, kubectlVersions } from "@virtual-kubelet/integration/kubectl";
import { afterAll, beforeAll, describe, expect, inject } from "vitest";
import { always, workbenchWith } from "../src/programs/carried-kubectl.ts";
import { container, forEver, pod, workload } from "../src/suite/manifests.ts";
import { OwnNode, isReady } from "../src/suite/own-node.ts";
import { type ScenarioOptions, caseOnStage, needsOrdinaryAddress } from "../src/suite/scenario.ts";
import { Workbench } from "../src/suite/workbench.ts";

const metered: ScenarioOptions = {
  notEmbedded: "APIs of other servers, and so no metrics-server",
  unless: (stage) =>
    always.unless?.(stage) ?? needsOrdinaryAddress("an API server does not call metrics-server on loopback")(stage),
  timeoutMs: 240_000,
};

let ofNode: Workbench;
let node: OwnNode;
let turn: Promise<void> = Promise.resolve();

/** Runs it when nobody else has the node. */
function alone(run: () => Promise<void>): Promise<void> {
  const mine = turn.then(run);
  turn = mine.catch(() => undefined);
  return mine;
}

beforeAll(async () => {
  ofNode = await Workbench.open(inject("stage"));
  node = new OwnNode(ofNode, "skewed");
});

afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  await ofNode?.[Symbol.asyncDispose]();
});

describe.each(kubectlVersions)("kubectl %s:", { concurrent: true }, (version) => {
  let it: Workbench;

  beforeAll(async () => {
    if (!isCarried) return;
    it = await workbenchWith(version);
    const listen = `echo ready; while read line; do echo "heard $line"; done; ${forEver}`;
    await it.apply(pod("shared", listen, { containers: [container(listen, { stdin: true })] }));
    await it.untilRunning("shared");
  });

  afterAll(async () => {
    await it?.[Symbol.asyncDispose]();
  });

  caseOnStage("get shows pods and nodes", always, async ({ nodeName }) => {
    expect(await it.succeed("get", "pods", "-o", "wide")).toMatch(
      new RegExp(`^shared\\s+1/1\\s+Running\\s+0\\s.*\\s${nodeName}\\s`, "m"),
    );
    expect(await it.succeed("get", "node", nodeName)).toMatch(new RegExp(`^${nodeName}\\s+Ready\\s`, "m"));
  });

  caseOnStage("describe tells of a pod and of its node", always, async ({ nodeName, address }) => {
    const ofPod = await it.succeed("describe", "pod", "shared");
    expect(ofPod).toMatch(new RegExp(`^Node:\\s+${nodeName}/${address}$`, "m"));
    expect(ofPod).toMatch(/^Status:\s+Running$/m);
    const ofEdge = await it.succeed("describe", "node", nodeName);
    expect(ofEdge).toMatch(new RegExp(`^\\s+${it.namespace}\\s+shared\\s`, "m"));
  });

  caseOnStage("logs -f follows a container to its end", always, async () => {
    await it.apply(pod("talker", "trap 'echo last; exit 0' TERM; echo first; sleep 1000 & wait"));
    await it.untilRunning("talker");
    await using follower = it.terminal("logs", "-f", "talker");
    await it.until(async () => follower.screen === "first\n", "the first line");
    await it.succeed("delete", "pod", "talker", "--timeout=60s");
    expect(await follower.ended).toBe(0);
    expect(follower.screen).toBe("first\nlast\n");
  });

  caseOnStage("exec gives output, errors and the exit code, and takes input", always, async () => {
    const { code, stdout, stderr } = await it.kubectl(
      "exec",
      "shared",
      "--",
      "sh",
      "-c",
      "echo out; echo err >&2; exit 7",
    );
    expect({ code, stdout }).toEqual({ code: 7, stdout: "out\n" });
    expect(stderr).toMatch(/^err$/m);
    const text = "0123456789abcde\n".repeat(4096);
    expect(await it.succeedWith(text, "exec", "-i", "shared", "--", "cat")).toBe(text);
  });

  caseOnStage("exec -it opens a terminal of the size of its own", always, async () => {
    await using terminal = it.terminal("exec", "-it", "shared", "--", "sh");
    await it.until(async () => /[#$] $/.test(terminal.screen), "a prompt");
    terminal.write("stty size; test -t 0 && echo a-terminal; exit 5\r");
    expect(await terminal.ended).toBe(5);
    expect(terminal.screen).toContain("33 101\na-terminal\n");
  });

  caseOnStage("attach reaches the container's own streams", always, async () => {
    await using terminal = it.terminal("attach", "-i", "shared");
    terminal.write("hello\r");
    await it.until(async () => terminal.screen.includes("heard hello"), "an answer");
  });

  caseOnStage("cp copies a file to a container and back", always, async ({ folder }) => {
    const [there, back] = ["there", "back"].map((name) => join(folder, `${it.namespace}-${name}`)) as [string, string];
    await writeFile(there, randomBytes(300_000));
    await it.succeed("cp", there, "shared:copied");
    await it.succeed("cp", "shared:copied", back);
    expect((await readFile(back)).equals(await readFile(there))).toBe(true);
  });

  caseOnStage("port-forward reaches a port of the pod", always, async () => {
    const server =
      'require("http").createServer((q,a)=>a.end("hi")).listen(0,function(){console.log(this.address().port)})';
    await it.apply(pod("web", `exec '${process.execPath}' -e '${server}'`));
    const port = await it.until(async () => /^\d+/.exec(await it.succeed("logs", "web"))?.[0], "the server's port");
    await using forwarder = it.terminal("port-forward", "web", `:${port}`);
    const local = await it.until(
      async () => /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(forwarder.screen)?.[1],
      "the port",
    );
    expect(await (await fetch(`http://127.0.0.1:${local}`)).text()).toBe("hi");
  });

  caseOnStage("debug runs another container in the pod", always, async () => {
    const look = ["--", "sh", "-c", `echo looking; ${forEver}`];
    await it.succeed("debug", "shared", "--image=host", "--container=debugger", "--attach=false", ...look);
    const logs = async () => (await it.succeed("logs", "shared", "--container=debugger")) || undefined;
    expect(await it.until(logs, "what it says")).toBe("looking\n");
  });

  caseOnStage("debug runs a copy of the pod with another command", always, async () => {
    const look = ["--", "sh", "-c", `echo looking; ${forEver}`];
    await it.succeed("debug", "shared", "--copy-to=copy", "--container=main", "--attach=false", ...look);
    await it.untilRunning("copy");
    const logs = async () => (await it.succeed("logs", "copy")) || undefined;
    expect(await it.until(logs, "what it says")).toBe("looking\n");
  });

  caseOnStage("top shows what pods and nodes use", metered, async ({ nodeName }) => {
    expect(await it.until(() => it.succeed("top", "pod", "shared"), "metrics", 150_000)).toMatch(
      /^shared\s+\d+m\s+\d+Mi/m,
    );
    expect(await it.succeed("top", "node", nodeName)).toMatch(new RegExp(`^${nodeName}\\s+\\d+m\\s`, "m"));
  });

  caseOnStage("wait ends with a condition, a field and a deletion", always, async () => {
    await it.apply(pod("brief", forEver));
    expect(await it.succeed("wait", "--for=condition=Ready", "pod/brief", "--timeout=60s")).toContain("condition met");
    await it.succeed("wait", "--for=jsonpath={.status.phase}=Running", "pod/brief", "--timeout=60s");
    await it.succeed("delete", "pod", "brief", "--wait=false");
    await it.succeed("wait", "--for=delete", "pod/brief", "--timeout=60s");
    expect((await it.kubectl("get", "pod", "brief")).stderr).toContain("NotFound");
  });

  caseOnStage("rollout restarts a Deployment and takes that back", always, async () => {
    const settled = () => it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
    await it.apply(workload("Deployment", { name: "web", replicas: 1 }));
    expect(await settled()).toContain("successfully rolled out");
    await it.succeed("rollout", "restart", "deployment/web");
    await settled();
    expect(await it.succeed("rollout", "history", "deployment/web")).toMatch(/^2\s/m);
    await it.succeed("rollout", "undo", "deployment/web");
    await settled();
    expect(await it.succeed("rollout", "history", "deployment/web")).toMatch(/^3\s/m);
  });

  caseOnStage("drain empties a node", always, () =>
    alone(async () => {
      await node.until(isReady, "Ready");
      await it.apply(workload("Deployment", { name: "movable", replicas: 1, podSpec: node.placement }));
      await it.succeed("rollout", "status", "deployment/movable", "--timeout=60s");
      const said = await it.succeed("drain", "skewed", "--ignore-daemonsets", "--timeout=60s");
      expect(said).toContain("node/skewed drained");
      await it.until(async () => {
        const pods = await it.pods("app=movable");
        return pods.length === 1 && pods.every(({ spec }) => spec.nodeName === undefined);
      }, "the pod to wait for a node");
      await it.succeed("delete", "deployment", "movable", "--timeout=60s");
      await it.succeed("uncordon", "skewed");
    }),
  );
});
