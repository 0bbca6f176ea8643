import type { Writable } from "node:stream";
import type { VolumeFiles } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { jobIdOf } from "../src/job/identity.ts";
import { FakeNomad } from "./fake-nomad.ts";
import type { FakeJob } from "./fake/state.ts";
import { NomadNode, call, shell, textOf, until } from "./nomad-node.ts";

const forever = "while :; do sleep 0.1; done";

function idOf(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): string {
  return jobIdOf({ clusterId: `cluster-${process.pid}`, nodeName: "node" }, pod);
}

describe("a pod", () => {
  test("that finds its name taken by another's job is not run, and says whose it is", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = shell(forever);
    const other = await node.create(shell(forever));
    const job = fake.state.jobs.get(idOf(other));
    if (job) fake.state.jobs.set(idOf(pod.metadata), { ...job, ID: idOf(pod.metadata) });
    await expect(node.provider.createPod(pod, { ...call, revision: "v1:a" })).rejects.toMatchObject({
      code: "Conflict",
      message: expect.stringContaining(`belongs to pod default/${other.name} of node "node"`),
    });
    fake.state.jobs.delete(idOf(pod.metadata));
  });

  test("touches nothing of a job that has its name and is another's", async () => {
    await using fake = await FakeNomad.start();
    const variables = [{ name: "PASSWORD", value: "s3cret", sensitive: true }];
    await using node = await NomadNode.start({ address: fake.address, variables });
    await using neighbour = await NomadNode.start({ address: fake.address, nodeName: "neighbour" });
    const pod = shell(forever);
    const theirs = await neighbour.create(shell(forever));
    const [job] = [...fake.state.jobs.values()];
    const ID = idOf(pod.metadata);
    if (job) fake.state.jobs.set(ID, { ...job, ID });
    const Path = `nomad/jobs/${ID}`;
    fake.state.variables.set(Path, { Path, Items: { theirs: "1" } });
    const isAsItWas = (): void => {
      expect(fake.state.jobs.get(ID)).toMatchObject({ Stop: false });
      expect([...fake.state.variables.values()].filter((each) => each.Path.includes(ID))).toEqual([
        { Path, Items: { theirs: "1" } },
      ]);
    };
    await expect(node.provider.createPod(pod, { ...call, revision: "v1:a" })).rejects.toMatchObject({
      code: "Conflict",
    });
    isAsItWas();
    const ref = pod.metadata;
    const found = (await node.provider.getPods(call)) as Iterable<{ readonly uid: string }>;
    expect([...found].map(({ uid }) => uid)).not.toContain(theirs.uid);
    await node.provider.releasePod(ref, call);
    isAsItWas();
    await expect(node.provider.deletePod(ref, { ...call, gracePeriodSeconds: 0 })).rejects.toMatchObject({
      code: "NotFound",
    });
    isAsItWas();
    fake.state.jobs.delete(ID);
  });

  test("whose job somebody else purges is not gone while it still runs, however often it is deleted", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("trap '' TERM; while :; do sleep 0.05; done"));
    await node.waitForPhase(pod, "Running");
    await fetch(`${fake.address}/v1/job/${idOf(pod)}?purge=true`, { method: "DELETE" });
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 5 });
    expect([...fake.state.allocations.values()].map(({ ClientStatus }) => ClientStatus)).toEqual(["running"]);
    expect(node.isGone(pod)).toBe(false);
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 0 });
    await until(() => node.isGone(pod), "the pod to be gone");
    expect([...fake.state.allocations.values()].map(({ ClientStatus }) => ClientStatus)).not.toContain("running");
  });

  test("is there although a gateway before Nomad knows nothing of its job", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    await node.waitForPhase(pod, "Running");
    fake.faults.lost = `/v1/job/${idOf(pod)}`;
    const deleting = node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 5 });
    await expect(deleting).rejects.toMatchObject({ code: "Unavailable" });
    fake.faults.lost = undefined;
    expect(fake.state.jobs.get(idOf(pod))).toMatchObject({ Stop: false });
  });

  test("is taken over without a look at the gates, which come and go", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = shell(forever);
    await node.create(pod);
    const Path = `nomad/jobs/${idOf(pod.metadata)}/pod/second`;
    fake.state.variables.set(Path, { Path, Items: { go: "1" } });
    fake.faults.lost = `/v1/var/${Path}`;
    const adopting = node.provider.adoptPod(pod, { ...call, observed: pod.metadata });
    await expect(adopting).resolves.toBeUndefined();
    fake.faults.lost = undefined;
  });

  test("that has ended is stopped before it is removed, so that nothing of it starts again meanwhile", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("exit 1"));
    await node.waitForPhase(pod, "Failed");
    const before = fake.seen.length;
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 5 });
    const job = `/v1/job/${idOf(pod)}`;
    const asked = fake.seen.slice(before).map((line) => line.replace(/namespace=default&?/, ""));
    const stopped = asked.indexOf(`DELETE ${job}?purge=false`);
    expect(stopped).toBeGreaterThan(-1);
    const looked = asked.indexOf(`GET ${job}/allocations?`, stopped);
    expect(looked).toBeGreaterThan(stopped);
    expect(asked.indexOf(`DELETE ${job}?purge=true`)).toBeGreaterThan(looked);
    await until(() => node.isGone(pod), "the pod to be gone");
  });

  test("without a place goes also when Nomad has collected the evaluation that stopped it", async () => {
    await using fake = await FakeNomad.start({ memoryMB: 16 });
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    fake.faults.lost = "/v1/evaluation/";
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 5 });
    await until(() => node.isGone(pod), "the pod to be gone");
    expect(fake.state.jobs.size).toBe(0);
  });

  test("leaves neither a job nor variables behind", async () => {
    await using fake = await FakeNomad.start();
    const variables = [{ name: "PASSWORD", value: "s3cret", sensitive: true }];
    await using node = await NomadNode.start({ address: fake.address, variables });
    const init = { name: "first", command: ["/bin/sh", "-c", "true"] };
    const pod = await node.create(
      shell('echo "$PASSWORD"; exit 3', { initContainers: [init, { ...init, name: "second" }] }),
    );
    await node.waitForPhase(pod, "Failed");
    expect(await node.logs(pod)).toBe("s3cret\n");
    expect(JSON.stringify([...fake.state.jobs.values()])).not.toContain("s3cret");
    expect(fake.state.variables.size).toBeGreaterThan(0);
    await node.delete(pod);
    expect([fake.state.jobs.size, fake.state.variables.size]).toEqual([0, 0]);
  });

  test("without a place has one event that says what is exhausted, and goes when it is deleted", async () => {
    await using fake = await FakeNomad.start({ memoryMB: 16 });
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    await until(() => node.events.some(({ type }) => type === "Warning"), "an event");
    expect(node.events.filter(({ type }) => type === "Warning")).toMatchObject([
      { reason: "FailedPlacement", message: expect.stringContaining("memory") },
    ]);
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 5 });
    await until(() => node.isGone(pod), "the pod to be gone");
  });

  test("whose job somebody else purges is seen to end, and is gone", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("trap 'exit 7' TERM; while :; do sleep 0.05; done"));
    await node.waitForPhase(pod, "Running");
    const method = "DELETE";
    await fetch(`${fake.address}/v1/job/${idOf(pod)}?purge=true`, { method });
    await until(() => node.isGone(pod), "the pod to be gone");
    expect(node.seen(pod)?.status?.containerStatuses?.[0]?.state?.terminated).toBeDefined();
  });

  test("is seen by lists where the stream of events is refused", async () => {
    await using fake = await FakeNomad.start({ denied: ["events"] });
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("exit 4"));
    const { containerStatuses = [] } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses[0]?.state?.terminated?.exitCode).toBe(4);
    expect(node.failures).toEqual([]);
  });

  test("is not run with a token that may not, and the error says what it lacks", async () => {
    await using fake = await FakeNomad.start({ denied: ["submit-job"] });
    await using node = await NomadNode.start({ address: fake.address, token: "weak" });
    const creating = node.provider.createPod(shell(forever), { ...call, revision: "v1:a" });
    await expect(creating).rejects.toMatchObject({
      code: "Unauthorized",
      message: expect.stringMatching(/the token may not POST .* in namespace "default".*"submit-job"/),
    });
  });

  test("costs three requests to list, whatever the number of pods", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    for (let count = 0; count < 5; count++) await node.create(shell(forever));
    const before = fake.seen.length;
    expect([...((await node.provider.getPods(call)) as Iterable<unknown>)]).toHaveLength(5);
    expect(fake.seen.slice(before).map((line) => line.split("?")[0])).toEqual([
      "GET /v1/jobs",
      "GET /v1/allocations",
      "GET /v1/evaluations",
    ]);
  });
});

describe("a node that starts", () => {
  test("removes what one before it has written for a pod that never got its job, and nothing else", async () => {
    await using fake = await FakeNomad.start();
    const variables = [{ name: "PASSWORD", value: "s3cret", sensitive: true }];
    const before = await NomadNode.start({ address: fake.address, variables });
    const pod = shell(forever);
    await before.create(pod);
    await before.leave();
    const kept = [...fake.state.variables.keys()];
    expect(kept).not.toEqual([]);
    const write = (Path: string): unknown => fake.state.variables.set(Path, { Path, Items: { left: "s3cret" } });
    const left = `nomad/jobs/${idOf(shell(forever).metadata)}`;
    const foreign = "nomad/jobs/vk-another-node";
    for (const path of [left, `${left}/pod`, foreign]) write(path);
    await using node = await NomadNode.start({ address: fake.address, variables });
    await until(() => !fake.state.variables.has(`${left}/pod`), "what was left behind to be removed");
    await until(() => [...fake.state.variables.keys()].length === kept.length + 1, "all of it to be removed");
    expect([...fake.state.variables.keys()]).toEqual([...kept, foreign]);
    node.knows(pod);
  });
});

describe("the status of a pod", () => {
  test("is told for the first time when Nomad has looked for a place", async () => {
    await using elsewhere = await FakeNomad.start();
    await using other = await NomadNode.start({ address: elsewhere.address });
    const pod = await other.create(shell(forever));
    const job = elsewhere.state.jobs.get(idOf(pod)) as FakeJob;
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    await node.waitForPhase(await node.create(shell(forever)), "Running");
    const index = fake.state.next();
    fake.state.putJob({ ...job, ModifyIndex: index, JobModifyIndex: index }, "JobRegistered");
    await node.waitForPhase(await node.create(shell(forever)), "Running");
    expect(node.seen(pod)).toBeUndefined();
    fake.state.putEvaluation({ JobID: job.ID, Status: "blocked", TriggeredBy: "queued-allocs" });
    await node.waitForPhase(pod, "Pending");
  });
});

describe("the files of a pod", () => {
  test("are written again when they have changed, and when the agent was away meanwhile", async () => {
    await using fake = await FakeNomad.start();
    const changes = Promise.withResolvers<void>();
    let text = "one";
    const files = (): VolumeFiles => ({
      files: [{ path: "a", content: Buffer.from(text), mode: 0o644, sensitive: false }],
    });
    const volume = async function* (): AsyncGenerator<VolumeFiles> {
      yield files();
      await changes.promise;
      yield files();
    };
    const options = { address: fake.address, driver: "exec", context: { volume } } as const;
    const volumeMounts = [{ name: "config", mountPath: "/etc/app" }];
    const volumes = [{ name: "config", configMap: { name: "app" } }];
    const pod = shell(forever, { volumes }, { volumeMounts });
    const has = (wanted: string): boolean => JSON.stringify([...fake.state.variables.values()]).includes(btoa(wanted));
    await using first = await NomadNode.start(options);
    await first.create(pod);
    expect(has("one")).toBe(true);
    text = "two";
    changes.resolve();
    await until(() => has("two"), "the change");
    text = "three";
    await using second = await NomadNode.start(options);
    second.knows(pod);
    await second.provider.adoptPod(pod, { ...call, observed: pod.metadata });
    await until(() => has("three"), "what was missed");
    await second.leave();
  });

  test("go on to follow a volume that could not be read for a while", async () => {
    await using fake = await FakeNomad.start();
    let reads = 0;
    const volume = async function* (): AsyncGenerator<VolumeFiles> {
      reads++;
      yield { files: [{ path: "a", content: Buffer.from(`read-${reads}`), mode: 0o644, sensitive: false }] };
      if (reads === 1) throw new Error("the cluster is away");
    };
    await using node = await NomadNode.start({ address: fake.address, driver: "exec", context: { volume } });
    const volumes = [{ name: "config", configMap: { name: "app" } }];
    await node.create(shell(forever, { volumes }, { volumeMounts: [{ name: "config", mountPath: "/etc/app" }] }));
    const written = (): string => JSON.stringify([...fake.state.variables.values()]);
    await until(() => written().includes(btoa("read-2")), "what the volume holds by now");
    expect(reads).toBe(2);
  });
});

describe("the statistics of a node", () => {
  test("are of what can be reached when a client of Nomad cannot", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    await node.waitForPhase(pod, "Running");
    fake.faults.away = "/v1/client/stats";
    const { node: all, pods } = await node.provider.getStats(call);
    expect(pods.map(({ podRef }) => podRef.uid)).toEqual([pod.uid]);
    expect(all.memory?.workingSetBytes).toBe(pods[0]?.containers[0]?.memory?.workingSetBytes);
  });
});

describe("a log", () => {
  test("has the last lines of an output of many, read from its end", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("i=0; while [ $i -lt 30000 ]; do echo line-$i; i=$((i+1)); done; exit 0"));
    await node.waitForPhase(pod, "Succeeded");
    expect(await node.logs(pod, { tailLines: 2 })).toBe("line-29998\nline-29999\n");
    expect(await node.logs(pod, { tailLines: 2, follow: true })).toBe("line-29998\nline-29999\n");
    expect((await node.logs(pod)).split("\n")).toHaveLength(30_001);
    const offsets = fake.seen.flatMap((line) => /offset=(\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(Math.max(...offsets)).toBeGreaterThan(200_000);
  });

  test("is given since a moment where all of it, or nothing of it, is as young", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const began = new Date();
    const pod = await node.create(shell("echo first; sleep 1; echo second"));
    await node.waitForPhase(pod, "Succeeded");
    expect(await node.logs(pod, { since: began })).toBe("first\nsecond\n");
    expect(await node.logs(pod, { since: began, tailLines: 1 })).toBe("second\n");
    expect(await node.logs(pod, { since: new Date(Date.now() + 1000) })).toBe("");
    const between = new Date(began.getTime() + 900);
    await expect(node.logs(pod, { since: between })).rejects.toMatchObject({
      code: "Unsupported",
      message: expect.stringContaining("--tail"),
    });
    expect(await node.logs(pod, { since: between, stream: "stderr" })).toBe("");
  });

  test("says what it cannot give", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell("exit 1"));
    await node.waitForPhase(pod, "Failed");
    await expect(node.logs(pod, { timestamps: true })).rejects.toMatchObject({ code: "Unsupported" });
    await expect(node.logs(pod, { previous: true })).rejects.toMatchObject({ code: "NotFound" });
    await expect(node.logs(pod, { container: "other" })).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("a command", () => {
  test("reads its input, tells its code and keeps its outputs apart", async () => {
    await using fake = await FakeNomad.start();
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    await node.waitForPhase(pod, "Running");
    const command = await node.exec(pod, ["/bin/sh", "-c", "cat; echo bad >&2; exit 5"], { stdin: true });
    (command.stdin as Writable).end("good");
    expect([await textOf(command.stdout), await textOf(command.stderr ?? command.stdout)]).toEqual(["good", "bad\n"]);
    expect(await command.wait()).toEqual({ type: "code", code: 5 });
  });

  test("is refused with the right that is missing", async () => {
    await using fake = await FakeNomad.start({ denied: ["alloc-exec"] });
    await using node = await NomadNode.start({ address: fake.address });
    const pod = await node.create(shell(forever));
    await node.waitForPhase(pod, "Running");
    await expect(node.exec(pod, ["/bin/true"])).rejects.toMatchObject({
      code: "Unauthorized",
      message: expect.stringMatching(/"alloc-exec", and with the driver raw_exec "alloc-node-exec"/),
    });
  });
});
