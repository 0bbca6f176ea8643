import { setTimeout } from "node:timers/promises";
import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { container, forEver, job, pod, workload } from "../src/suite/manifests.ts";
import { inNomad, sharedNomad } from "../src/nomad/nomad-node.ts";
import { scenario } from "../src/suite/scenario.ts";

// Pods through kubectl, the control plane, the agent and a real Nomad to real processes: what they are given, and how they end.

const there = sharedNomad("nomad");
const never = { restartPolicy: "Never" };

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") ?? false;
const hasSucceeded = ({ status }: Pod): boolean => status?.phase === "Succeeded";
const restarts = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;

scenario("[nomad] a pod runs, is told to end, and is gone within its grace", inNomad, async (it) => {
  const { placement, nomad } = there();
  const script = 'trap "echo told to end; exit 0" TERM; echo here; while :; do sleep 0.1; done';
  await it.apply(pod("plain", script, { ...placement, terminationGracePeriodSeconds: 20 }));
  const running = await it.untilPod("plain", isReady, "Ready");
  expect(running.status?.containerStatuses).toMatchObject([{ name: "main", ready: true, restartCount: 0 }]);
  expect(running.status?.podIP).toBeDefined();
  const jobs = await nomad.client.get<readonly { ID: string; Meta: object }[]>({ path: "/v1/jobs?meta=true" });
  expect(jobs.filter(({ Meta }) => JSON.stringify(Meta).includes(running.metadata.uid))).toHaveLength(1);
  await it.until(async () => (await it.succeed("logs", "plain")) === "here\n", "its log");
  await using following = it.terminal("logs", "plain", "--follow");
  await it.until(async () => following.screen.includes("here"), "its log again");
  const began = Date.now();
  await it.succeed("delete", "pod", "plain", "--timeout=60s");
  expect(Date.now() - began).toBeLessThan(20_000);
  expect([await following.ended, following.screen]).toEqual([0, "here\ntold to end\n"]);
});

scenario("[nomad] a pod that does not listen is killed when its grace is over", inNomad, async (it) => {
  const { placement } = there();
  const script = 'trap "" TERM; while :; do sleep 0.1; done';
  await it.apply(pod("deaf", script, { ...placement, terminationGracePeriodSeconds: 2 }));
  await it.untilRunning("deaf");
  await it.succeed("delete", "pod", "deaf", "--timeout=30s");
});

scenario(
  "[nomad] containers that end make their pod Succeeded or Failed, with their exit codes",
  inNomad,
  async (it) => {
    const { placement } = there();
    await it.apply(
      pod("good", "exit 0", { ...placement, ...never }),
      pod("bad", "exit 42", { ...placement, ...never }),
    );
    const ended = async (name: string, phase: string) => {
      const { status } = await it.untilPod(name, (seen) => seen.status?.phase === phase, phase);
      return status?.containerStatuses?.[0]?.state?.terminated;
    };
    expect(await ended("good", "Succeeded")).toMatchObject({ exitCode: 0, reason: "Completed" });
    expect(await ended("bad", "Failed")).toMatchObject({ exitCode: 42, reason: "Error" });
  },
);

scenario("[nomad] the other containers run on when one of a pod has ended", inNomad, async (it) => {
  const { placement } = there();
  const containers = [container(forEver), { ...container("exit 3"), name: "brief" }];
  await it.apply(pod("pair", "", { ...placement, ...never, containers }));
  const stateOf = ({ status }: Pod, of: string) => status?.containerStatuses?.find(({ name }) => name === of)?.state;
  const isHalf = (seen: Pod): boolean =>
    stateOf(seen, "brief")?.terminated !== undefined && stateOf(seen, "main")?.running !== undefined;
  const half = await it.untilPod("pair", isHalf, "half ended");
  expect(stateOf(half, "brief")?.terminated?.exitCode).toBe(3);
  expect(half.status?.phase).toBe("Running");
  // It stays so.
  await setTimeout(3000);
  expect(isHalf(await it.pod("pair"))).toBe(true);
});

scenario("[nomad] a Deployment rolls out, and rolls over to what is new", inNomad, async (it) => {
  const { placement } = there();
  const deployment = (version: string) =>
    workload("Deployment", { name: "web", replicas: 3, script: `echo ${version}; ${forEver}`, podSpec: placement });
  await it.apply(deployment("one"));
  await it.succeed("rollout", "status", "deployment/web", "--timeout=90s");
  await it.apply(deployment("two"));
  await it.succeed("rollout", "status", "deployment/web", "--timeout=90s");
  await it.until(async () => (await it.pods("app=web")).length === 3, "the old ones to be gone");
  const logs = await Promise.all((await it.pods("app=web")).map(({ metadata }) => it.succeed("logs", metadata.name)));
  expect(logs).toEqual(["two\n", "two\n", "two\n"]);
});

scenario("[nomad] Jobs are Complete or Failed as their exit codes say", inNomad, async (it) => {
  const { placement } = there();
  const template = (script: string) => ({
    template: { spec: { ...placement, ...never, containers: [container(script)] } },
  });
  await it.apply(
    job("good", "", template("echo done")),
    job("bad", "", { backoffLimit: 0, ...template("echo wrong; exit 3") }),
  );
  await it.succeed("wait", "--for=condition=Complete", "job/good", "--timeout=90s");
  await it.succeed("wait", "--for=condition=Failed", "job/bad", "--timeout=90s");
  expect(await it.succeed("logs", "job/good")).toBe("done\n");
  const [failed] = await it.pods("job-name=bad");
  expect(failed?.status?.phase).toBe("Failed");
  expect(failed?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  expect(await it.succeed("describe", "pod", failed?.metadata.name ?? "")).toMatch(/Exit Code:\s+3/);
});

scenario("[nomad] a container is started again as its pod's restartPolicy says, and counted", inNomad, async (it) => {
  const { placement } = there();
  // What is in the allocation's folder outlives a run.
  const onceMore = (end: string): string =>
    `[ -e /alloc/data/again ] && ${end}; touch /alloc/data/again; echo first; exit 3`;
  await it.apply(
    pod("always", onceMore(forEver), placement),
    pod("on-failure", onceMore("exit 0"), { ...placement, restartPolicy: "OnFailure" }),
  );
  const always = await it.untilPod("always", (seen) => restarts(seen) === 1 && isReady(seen), "running again");
  expect(always.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(3);
  const onFailure = await it.untilPod("on-failure", hasSucceeded, "Succeeded");
  expect(restarts(onFailure)).toBe(1);
});

scenario("[nomad] init containers run one after the other before the others", inNomad, async (it) => {
  const { placement } = there();
  const names = ["one", "two", "three"];
  // The sooner ones take longer: run beside each other they would end in the wrong order.
  const initContainers = names.map((name, index) => ({
    ...container(`sleep 0.${5 - index}; echo ${name} >> /alloc/data/order`),
    name,
  }));
  await it.apply(pod("prepared", `cat /alloc/data/order; ${forEver}`, { ...placement, initContainers }));
  const running = await it.untilPod("prepared", isReady, "Ready");
  expect(running.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode)).toEqual([0, 0, 0]);
  await it.until(async () => (await it.succeed("logs", "prepared")) === "one\ntwo\nthree\n", "their order");
});

scenario("[nomad] a pod whose init container fails does not start the others", inNomad, async (it) => {
  const { placement } = there();
  const initContainers = [{ ...container("exit 5"), name: "failing" }];
  await it.apply(pod("unprepared", forEver, { ...placement, ...never, initContainers }));
  const { status } = await it.untilPod("unprepared", (seen) => seen.status?.phase === "Failed", "Failed");
  expect(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
  expect(status?.containerStatuses?.[0]?.state?.running).toBeUndefined();
});

scenario("[nomad] a sidecar runs before the others, beside them, and ends with them", inNomad, async (it) => {
  const { placement } = there();
  const sidecar = { ...container(`touch /alloc/data/there; ${forEver}`), name: "sidecar", restartPolicy: "Always" };
  const after = { ...container("until [ -e /alloc/data/there ]; do sleep 0.1; done"), name: "after" };
  const initContainers = [sidecar, after];
  const script = "sleep 2; ls /alloc/data";
  await it.apply(pod("accompanied", script, { ...placement, ...never, initContainers }));
  const running = await it.untilPod("accompanied", isReady, "Ready");
  expect(running.status?.initContainerStatuses).toMatchObject([
    { name: "sidecar", state: { running: {} } },
    { name: "after", state: { terminated: { exitCode: 0 } } },
  ]);
  await it.untilPod("accompanied", hasSucceeded, "Succeeded");
  expect(await it.succeed("logs", "accompanied", "-c", "main")).toBe("there\n");
});

scenario("[nomad] ConfigMaps and Secrets are files and variables, and files follow them", inNomad, async (it) => {
  const { placement } = there();
  const config = (colour: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { colour },
  });
  const binary = Buffer.from([0, 1, 2, 0xff, 0xfe, 10]).toString("base64");
  const volumes = [
    { name: "settings", configMap: { name: "settings" } },
    { name: "hidden", secret: { secretName: "hidden", defaultMode: 0o400 } },
  ];
  const volumeMounts = [
    { name: "settings", mountPath: "/etc/settings" },
    { name: "hidden", mountPath: "/etc/hidden" },
  ];
  const env = [
    { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } },
    { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "hidden", key: "password" } } },
    // What both Nomad and shells would read as something else.
    { name: "ODD", value: '${NOMAD_TASK_NAME} {{ "no" }} "quoted" \\ $$(NAME)' },
  ];
  await it.apply(
    config("blue"),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "hidden" },
      stringData: { password: "sesame" },
      data: { key: binary },
    },
    pod("informed", "", { ...placement, volumes, containers: [container(forEver, { env, volumeMounts })] }),
  );
  await it.untilPod("informed", isReady, "Ready");
  const read = (script: string): Promise<string> => it.succeed("exec", "informed", "--", "sh", "-c", script);
  expect(await read(`echo "$NAME is $COLOUR, $PASSWORD"; printf '%s\\n' "$ODD"`)).toBe(
    'informed is blue, sesame\n${NOMAD_TASK_NAME} {{ "no" }} "quoted" \\ $(NAME)\n',
  );
  expect(await read("cat /etc/settings/colour")).toBe("blue");
  expect(await read("base64 /etc/hidden/key; stat -c %a /etc/hidden/key")).toBe(`${binary}\n400\n`);
  await it.apply(config("green"));
  await it.until(async () => (await read("cat /etc/settings/colour")) === "green", "the change to come", 90_000);
  expect(restarts(await it.pod("informed"))).toBe(0);
});

scenario("[nomad] nothing that is secret can be read in a job", inNomad, async (it) => {
  const { placement, nomad } = there();
  const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "hidden", key: "password" } } }];
  await it.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "hidden" }, stringData: { password: "open-sesame" } },
    pod("careful", "", { ...placement, containers: [container(forEver, { env })] }),
  );
  const { metadata } = await it.untilPod("careful", isReady, "Ready");
  const jobs = await nomad.client.get<readonly { ID: string; Meta: object }[]>({ path: "/v1/jobs?meta=true" });
  const found = jobs.find(({ Meta }) => JSON.stringify(Meta).includes(metadata.uid));
  const { text } = await nomad.client.ask({ path: `/v1/job/${found?.ID}` });
  expect(text).toContain(metadata.uid);
  expect(text).not.toContain("open-sesame");
  expect(text).not.toContain(Buffer.from("open-sesame").toString("base64"));
  await it.succeed("delete", "pod", "careful", "--timeout=60s");
  const variables = (): Promise<readonly object[]> =>
    nomad.client.get({ path: `/v1/vars?prefix=nomad/jobs/${found?.ID}` });
  await it.until(async () => (await variables()).length === 0, "its variables to be gone");
});

scenario("[nomad] what cannot be had is refused, with the reason in an event", inNomad, async (it) => {
  const { placement } = there();
  const volumes = [{ name: "scratch", emptyDir: {} }];
  const containers = [container(forEver, { volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] })];
  await it.apply(pod("storing", "", { ...placement, volumes, containers }));
  const described = (): Promise<string> => it.succeed("describe", "pod", "storing");
  await it.until(async () => /Warning\s+Unsupported.*emptyDir/.test(await described()), "an event");
  expect((await it.pod("storing")).status?.phase).toBe("Pending");
});

scenario("[nomad] the node says what Nomad's clients have", inNomad, async (it) => {
  const { nomad } = there();
  const { status } = await it.client.get(resources.nodes, { name: "nomad" });
  const [client] = await nomad.client.get<readonly { NodeResources: { Memory: { MemoryMB: number } } }[]>({
    path: "/v1/nodes?resources=true",
  });
  expect(status?.capacity).toMatchObject({ memory: `${client?.NodeResources.Memory.MemoryMB}Mi` });
  expect(status?.nodeInfo?.containerRuntimeVersion).toBe("nomad://1.6.1");
});
