import { nobody } from "../normalised.ts";
import { type RecordedAllocation, hasEnded, isRunning, recordedJob, shell } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";
import { execFrames, jsonMessages } from "../streams.ts";

interface Batch {
  readonly Events?: readonly {
    readonly Type: string;
    readonly Payload: { readonly Allocation?: RecordedAllocation };
  }[];
}

const post = { method: "POST", path: "/v1/jobs" } as const;
const listed = (id: string): string => encodeURIComponent(`JobID matches "^${id}"`);

/** The requests of the provider as it makes them, in a life of a few jobs: what a server that is none has to answer likewise. */
export async function provider(recorder: Recorder): Promise<void> {
  await recorder.ask("the leader", { path: "/v1/status/leader", keep: () => "127.0.0.1:4647" });
  const ID = await running(recorder);
  await streams(recorder, ID);
  await variables(recorder);
  await recorder.ask("end", { method: "DELETE", path: "/v1/job/vk-lives?purge=false" });
  await recorder.until<RecordedAllocation>({ path: `/v1/allocation/${ID}` }, hasEnded);
  await recorder.ask("signal to what has ended", {
    method: "POST",
    path: `/v1/client/allocation/${ID}/signal`,
    body: { Signal: "SIGKILL", Task: "" },
  });
  await recorder.ask("a job that was ended", { path: "/v1/job/vk-lives" });
  await recorder.ask("an allocation that was stopped", { path: `/v1/allocation/${ID}` });
  await recorder.ask("forget", { method: "DELETE", path: "/v1/job/vk-lives?purge=true" });
  await recorder.ask("a job that is forgotten", { path: "/v1/job/vk-lives" });
  await recorder.ask("forget once more", { method: "DELETE", path: "/v1/job/vk-lives?purge=true" });
  await ended(recorder);
  await blocked(recorder);
}

async function running(recorder: Recorder): Promise<string> {
  const body = {
    ...recordedJob({ id: "vk-lives", ...shell("echo out; exec sleep 3600"), group: { Networks: [{ Mode: "host" }] } }),
    EnforceIndex: true,
    JobModifyIndex: 0,
  };
  const { EvalID } = await recorder.ask<{ readonly EvalID: string }>("register", { ...post, body });
  const found = await recorder.until<readonly RecordedAllocation[]>({ path: "/v1/job/vk-lives/allocations" }, (list) =>
    list.some(isRunning),
  );
  const ID = found[0]?.ID ?? "";
  await recorder.until<{ readonly Status: string }>(
    { path: `/v1/evaluation/${EvalID}` },
    ({ Status }) => Status === "complete",
  );
  await recorder.ask("register what is there", { ...post, body });
  await recorder.ask("a job", { path: "/v1/job/vk-lives" });
  await recorder.ask("jobs", { path: "/v1/jobs?prefix=vk-&meta=true" });
  await recorder.ask("allocations", {
    path: `/v1/allocations?filter=${listed("vk-lives")}&task_states=true&resources=true`,
  });
  await recorder.ask("allocations of a job", { path: "/v1/job/vk-lives/allocations" });
  await recorder.ask("an allocation", { path: `/v1/allocation/${ID}` });
  await recorder.ask("an allocation that is not there", { path: `/v1/allocation/${nobody}` });
  await recorder.ask("an evaluation", { path: `/v1/evaluation/${EvalID}` });
  await recorder.ask("an evaluation that is not there", { path: `/v1/evaluation/${nobody}` });
  const path = "/v1/event/stream?topic=Job&topic=Allocation&topic=Evaluation&index=1";
  const isLast = ({ Events = [] }: Batch): boolean =>
    Events.some(({ Payload: { Allocation } }) => Allocation !== undefined && isRunning(Allocation));
  const batches = await jsonMessages(recorder.nomad, { path, until: isLast });
  // Which of them come in one batch differs, and whether a client says something before a task runs.
  const messages = (batches as readonly Batch[])
    .flatMap(({ Events = [] }) => Events)
    .filter(
      ({ Type, Payload: { Allocation } }) => Type !== "AllocationUpdated" || !Allocation || isRunning(Allocation),
    );
  recorder.keep("events", { path }, { status: 200, messages });
  return ID;
}

async function streams(recorder: Recorder, ID: string): Promise<void> {
  const logs = `/v1/client/fs/logs/${ID}?task=main&type=stdout`;
  await recorder.ask("a log", { path: `${logs}&plain=true&origin=start&offset=0` });
  await recorder.ask("the end of a log", { path: `${logs}&plain=true&origin=end&offset=2` });
  await recorder.ask("a log of no task", { path: logs.replace("main", "none") });
  await recorder.ask("a log of no allocation", { path: logs.replace(ID, nobody) });
  const path = (command: readonly string[], allocation = ID): string =>
    `/v1/client/allocation/${allocation}/exec?task=main&tty=false&command=${encodeURIComponent(JSON.stringify(command))}`;
  const commands = {
    "a command that fails": path(["/bin/sh", "-c", "exit 3"]),
    "a command that is well": path(["/bin/sh", "-c", "exit 0"]),
    "a command in no task": path(["/bin/true"]).replace("task=main", "task=none"),
    "a command in no allocation": path(["/bin/true"], nobody),
  };
  for (const [name, asked] of Object.entries(commands)) {
    const frames = await execFrames(recorder.nomad, { path: asked, send: [{ stdin: { close: true } }] });
    const messages = frames.filter((frame) =>
      Object.keys(frame as object).some((key) => ["exited", "closed"].includes(key)),
    );
    recorder.keep(name, { path: asked }, { status: 101, messages });
  }
}

async function variables(recorder: Recorder): Promise<void> {
  const path = "/v1/var/nomad/jobs/vk-lives/pod";
  const body = { Path: "nomad/jobs/vk-lives/pod", Items: { go: "one" } };
  await recorder.ask("a variable that is not there", { path });
  await recorder.ask("write a variable", { method: "PUT", path, body });
  await recorder.ask("a variable", { path });
  await recorder.ask("variables", { path: "/v1/vars?prefix=nomad/jobs/vk-" });
  await recorder.ask("write more than a variable holds", {
    method: "PUT",
    path,
    body: { ...body, Items: { go: "x".repeat(70_000) } },
  });
  await recorder.ask("delete a variable", { method: "DELETE", path });
  await recorder.ask("delete it again", { method: "DELETE", path });
}

async function ended(recorder: Recorder): Promise<void> {
  for (const code of [0, 3]) {
    const id = `vk-ends-${code}`;
    await recorder.ask(`register what ends with ${code}`, {
      ...post,
      body: recordedJob({ id, ...shell(`exit ${code}`) }),
    });
    await recorder.until<readonly RecordedAllocation[]>({ path: `/v1/job/${id}/allocations` }, (list) =>
      list.some(hasEnded),
    );
    await recorder.ask(`what has ended with ${code}`, {
      path: `/v1/allocations?filter=${listed(id)}&task_states=true&resources=true`,
    });
  }
}

async function blocked(recorder: Recorder): Promise<void> {
  const task = { Resources: { CPU: 20, MemoryMB: 100_000_000 } };
  await recorder.nomad.client.get({ ...post, body: recordedJob({ id: "vk-large", ...shell("exit 0"), task }) });
  const filter = encodeURIComponent('JobID matches "^vk-large" and (Status == "blocked" or Status == "failed")');
  const path = `/v1/evaluations?filter=${filter}&per_page=5000`;
  await recorder.until<readonly unknown[]>({ path }, (list) => list.length > 0);
  await recorder.ask("evaluations of what finds no place", { path });
}
