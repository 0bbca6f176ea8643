import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { needsOrdinaryAddress, scenario } from "../src/suite/scenario.ts";

const conditionsOf = ({ status }: Pod): Readonly<Record<string, string>> =>
  Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition.status]));
const waitingOf = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting;

scenario("the scheduler places a pod, and its status says all that controllers ask for", {}, async (it) => {
  await it.apply(pod("plain", forEver));
  const running = await it.untilPod("plain", (seen) => conditionsOf(seen)["Ready"] === "True", "Ready");
  expect(running.spec.nodeName).toBe(it.stage.nodeName);
  expect(conditionsOf(running)).toMatchObject({
    PodScheduled: "True",
    Initialized: "True",
    ContainersReady: "True",
    Ready: "True",
  });
  const { podIP, podIPs, hostIP, startTime, qosClass, containerStatuses } = running.status ?? {};
  expect({ podIP, hostIP, podIPs }).toEqual({
    podIP: it.stage.address,
    hostIP: it.stage.address,
    podIPs: [{ ip: it.stage.address }],
  });
  expect(startTime).toMatch(/^\d{4}-.*Z$/);
  expect(qosClass).toBe("BestEffort");
  expect(containerStatuses).toMatchObject([
    { name: "main", ready: true, started: true, restartCount: 0, image: "host", state: { running: {} } },
  ]);
  expect(containerStatuses?.[0]?.containerID).toMatch(/^[a-z-]+:\/\/./);
  const events = await it.succeed(
    "get",
    "events",
    "--field-selector=involvedObject.name=plain",
    "-o",
    "jsonpath={..reason}",
  );
  expect(events).toContain("Scheduled");
});

scenario("a pod that fits nowhere stays Pending, and is told why", {}, async (it) => {
  const resourcesOf = { resources: { requests: { cpu: "100000" } } };
  await it.apply(pod("giant", forEver, { containers: [container(forEver, resourcesOf)] }));
  const waiting = await it.untilPod("giant", (seen) => conditionsOf(seen)["PodScheduled"] === "False", "unschedulable");
  expect(waiting.status?.phase).toBe("Pending");
  expect(waiting.status?.conditions?.[0]?.message).toContain("Insufficient cpu");
});

scenario("containers that end make their pod Succeeded or Failed, with their exit codes", {}, async (it) => {
  await it.apply(
    pod("good", "exit 0", { restartPolicy: "Never" }),
    pod("bad", "exit 42", { restartPolicy: "Never" }),
    // In a manifest two dollar signs stand for one.
    pod("killed", "kill -9 $$$$", { restartPolicy: "Never" }),
  );
  const ended = async (name: string, phase: string) => {
    const { status } = await it.untilPod(name, (seen) => seen.status?.phase === phase, phase);
    return status?.containerStatuses?.[0]?.state?.terminated;
  };
  expect(await ended("good", "Succeeded")).toMatchObject({ exitCode: 0, reason: "Completed" });
  expect(await ended("bad", "Failed")).toMatchObject({ exitCode: 42, reason: "Error" });
  expect(await ended("killed", "Failed")).toMatchObject({ exitCode: 137 });
});

scenario("init containers run one after the other before the others", {}, async (it) => {
  const initContainers = ["one", "two"].map((name) => ({ ...container(`echo ${name} >> ../../../order`), name }));
  const script = "cat ../../../order; exec sleep 1000";
  await it.apply(pod("prepared", script, { initContainers }));
  const running = await it.untilRunning("prepared");
  const ends = running.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode);
  expect(ends).toEqual([0, 0]);
  expect(await it.succeed("logs", "prepared")).toBe("one\ntwo\n");
});

scenario("a container that crashes is restarted, ever later, and its last end can be read", {}, async (it) => {
  await it.apply(pod("shaky", "echo I try; exit 7"));
  const crashed = await it.untilPod("shaky", (seen) => waitingOf(seen)?.reason === "CrashLoopBackOff", "in back-off");
  const [status] = crashed.status?.containerStatuses ?? [];
  expect(status?.restartCount).toBeGreaterThan(0);
  expect(status?.lastState?.terminated?.exitCode ?? status?.state?.terminated?.exitCode).toBe(7);
  expect(conditionsOf(crashed)["Ready"]).toBe("False");
  expect(await it.succeed("logs", "shaky", "--previous")).toBe("I try\n");
});

scenario("ConfigMaps, Secrets and the pod's own fields are in the environment", {}, async (it) => {
  const env = [
    { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } },
    { name: "GREETING", value: "$(NAME) is $(COLOUR)" },
  ];
  const envFrom = [{ secretRef: { name: "hidden" }, prefix: "SECRET_" }];
  const script = 'echo "$GREETING on $NODE, $SECRET_password"';
  await it.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { colour: "blue" } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "hidden" }, stringData: { password: "sesame" } },
    pod("informed", script, { restartPolicy: "Never", containers: [container(script, { env, envFrom })] }),
  );
  await it.untilPod("informed", ({ status }) => status?.phase === "Succeeded", "Succeeded");
  expect(await it.succeed("logs", "informed")).toBe(`informed is blue on ${it.stage.nodeName}, sesame\n`);
});

scenario("a pod waits for the ConfigMap that it needs, says so, and starts when it is there", {}, async (it) => {
  const envFrom = [{ configMapRef: { name: "late" } }];
  await it.apply(pod("patient", forEver, { containers: [container(forEver, { envFrom })] }));
  const waiting = await it.untilPod(
    "patient",
    (seen) => waitingOf(seen)?.reason === "CreateContainerConfigError",
    "waiting",
  );
  expect(waitingOf(waiting)?.message).toContain('configmap "late" not found');
  await it.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "late" }, data: { HERE: "now" } });
  await it.untilRunning("patient");
});

scenario(
  "a pod with a readiness gate is ready when its gate is, and stands in the endpoints then",
  { notEmbedded: "endpoints", unless: needsOrdinaryAddress("endpoints have no loopback addresses") },
  async (it) => {
    const selector = { app: "gated" };
    await it.apply(
      { apiVersion: "v1", kind: "Service", metadata: { name: "gated" }, spec: { selector, ports: [{ port: 80 }] } },
      pod("gated", forEver, { readinessGates: [{ conditionType: "example.com/open" }] }),
    );
    const ready = () =>
      it.succeed(
        "get",
        "endpointslices",
        "-l",
        "kubernetes.io/service-name=gated",
        "-o",
        "jsonpath={..endpoints[*].conditions.ready}",
      );
    const closed = await it.untilPod(
      "gated",
      (seen) => conditionsOf(seen)["ContainersReady"] === "True",
      "with ready containers",
    );
    expect(conditionsOf(closed)["Ready"]).toBe("False");
    await it.until(async () => (await ready()) === "false", "an endpoint that is not ready");
    const condition = { type: "example.com/open", status: "True" };
    const patch = { type: "strategic", body: { status: { conditions: [condition] } } } as const;
    await it.client.patch(resources.pods, { namespace: it.namespace, name: "gated" }, { patch, subresource: "status" });
    const open = await it.untilPod("gated", (seen) => conditionsOf(seen)["Ready"] === "True", "Ready");
    expect(conditionsOf(open)["example.com/open"]).toBe("True");
    await it.until(async () => (await ready()) === "true", "a ready endpoint");
  },
);

scenario(
  "a Service's endpoints follow its pods",
  { notEmbedded: "endpoints", unless: needsOrdinaryAddress("endpoints have no loopback addresses") },
  async (it) => {
    const addresses = () =>
      it.succeed(
        "get",
        "endpointslices",
        "-l",
        "kubernetes.io/service-name=web",
        "-o",
        "jsonpath={..endpoints[*].addresses[*]}",
      );
    await it.apply(
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      },
      pod("web", forEver),
    );
    await it.until(async () => (await addresses()) === it.stage.address, "the pod's address");
    await it.succeed("delete", "pod", "web");
    await it.until(async () => (await addresses()) === "", "no address");
  },
);

scenario("a pod without a command is held, and an event says why", {}, async (it) => {
  await it.apply(pod("imageless", "", { containers: [{ name: "main", image: "nginx" }] }));
  const held = await it.untilPod("imageless", (seen) => waitingOf(seen) !== undefined, "waiting");
  expect(held.status?.phase).toBe("Pending");
  expect(waitingOf(held)?.message).toContain("command");
  const described = (): Promise<string> => it.succeed("describe", "pod", "imageless");
  await it.until(async () => /Warning\s+Unsupported/.test(await described()), "an event");
});

scenario(
  "a projected service account token lets a pod call the API server",
  { waitsFor: "What a pod brings along" },
  async (it) => {
    const script =
      'd=/var/run/secrets/kubernetes.io/serviceaccount; curl -sS --cacert $d/ca.crt -H "Authorization: Bearer $(cat $d/token)" https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version';
    await it.apply(pod("caller", script, { restartPolicy: "Never" }));
    await it.untilPod("caller", ({ status }) => status?.phase === "Succeeded", "Succeeded");
    expect(await it.succeed("logs", "caller")).toContain("gitVersion");
  },
);

scenario(
  "an unmodified client in a pod finds its cluster by itself",
  { waitsFor: "What a pod brings along" },
  async (it) => {
    await it.apply(pod("client", `exec ${it.stage.kubectl} get --raw /version`, { restartPolicy: "Never" }));
    await it.untilPod("client", ({ status }) => status?.phase === "Succeeded", "Succeeded");
  },
);

scenario("a ConfigMap is mounted where a pod asks for it", { waitsFor: "What a pod brings along" }, async (it) => {
  const volumes = [{ name: "settings", configMap: { name: "settings" } }];
  const volumeMounts = [{ name: "settings", mountPath: "/etc/settings" }];
  const reader = container("cat /etc/settings/colour", { volumeMounts });
  await it.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { colour: "blue" } },
    pod("reader", "", { restartPolicy: "Never", containers: [reader], volumes }),
  );
  await it.untilPod("reader", ({ status }) => status?.phase === "Succeeded", "Succeeded");
  expect(await it.succeed("logs", "reader")).toBe("blue");
});

scenario("an ephemeral container runs beside the others", {}, async (it) => {
  await it.apply(pod("opaque", forEver));
  await it.untilRunning("opaque");
  await it.succeed("debug", "opaque", "--image=host", "--container=look", "--", "sh", "-c", "exec sleep 1000");
  await it.untilPod(
    "opaque",
    ({ status }) => status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined,
    "debugged",
  );
});

scenario(
  "a container is restarted when its liveness probe fails",
  { waitsFor: "probes, which no issue brings yet" },
  async (it) => {
    const livenessProbe = { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 };
    await it.apply(pod("ill", forEver, { containers: [container(forEver, { livenessProbe })] }));
    await it.untilPod("ill", ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0, "restarted");
  },
);
