import { allocationOf, isRunning, recordedJob } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";

const config = { run_for: "1h" };
const put = { method: "POST", path: "/v1/jobs" } as const;

/** Registering, listing, reading and ending jobs, and what is refused. */
export async function jobs(recorder: Recorder): Promise<void> {
  const body = recordedJob({ id: "vk-one", config });
  await recorder.ask("register", { ...put, body });
  await recorder.until<readonly { ClientStatus: string }[]>({ path: "/v1/job/vk-one/allocations" }, (list) =>
    list.some(({ ClientStatus }) => ClientStatus === "running"),
  );
  await recorder.ask("register again, unchanged", { ...put, body });
  await recorder.ask("register only if it is new, when it is there", {
    ...put,
    body: { ...body, EnforceIndex: true, JobModifyIndex: 0 },
  });
  await recorder.ask("get", { path: "/v1/job/vk-one" });
  await recorder.ask("list with meta", { path: "/v1/jobs?prefix=vk-&meta=true" });
  await recorder.ask("list of another namespace", { path: "/v1/jobs?prefix=vk-&namespace=nowhere" });
  await recorder.ask("get one that is not there", { path: "/v1/job/vk-none" });
  await recorder.ask("end one that is not there", { method: "DELETE", path: "/v1/job/vk-none?purge=true" });
  await refusals(recorder);
  await recorder.ask("end", { method: "DELETE", path: "/v1/job/vk-one" });
  await recorder.until<{ Status: string }>({ path: "/v1/job/vk-one" }, ({ Status }) => Status === "dead");
  await recorder.ask("get one that was ended", { path: "/v1/job/vk-one", keep: statusOf });
  await recorder.ask("end and forget", { method: "DELETE", path: "/v1/job/vk-one?purge=true" });
  await recorder.ask("get one that is forgotten", { path: "/v1/job/vk-one" });
  await allocationOf(recorder, { id: "vk-many", config, type: "service" }, isRunning);
  await recorder.ask("get a service", { path: "/v1/job/vk-many" });
}

/** What is no job, and what only its scheduler will find no place for. */
async function refusals(recorder: Recorder): Promise<void> {
  await recorder.ask("register what is no JSON", { ...put, body: "{" });
  await recorder.ask("register without a job", { ...put, body: {} });
  await recorder.ask("register without tasks", {
    ...put,
    body: recordedJob({ id: "vk-empty", config, group: { Tasks: [] } }),
  });
  await recorder.ask("register for a namespace that is not there", {
    ...put,
    body: recordedJob({ id: "vk-lost", config, job: { Namespace: "nowhere" } }),
  });
  await recorder.ask("register for a node pool that is not there", {
    ...put,
    body: recordedJob({ id: "vk-lost", config, job: { NodePool: "nowhere" } }),
  });
  await recorder.ask("register for a driver that is not there", {
    ...put,
    body: recordedJob({ id: "vk-undriven", driver: "nothing", config: {} }),
  });
}

const statusOf = ({ ID, Status, Stop }: { ID: string; Status: string; Stop: boolean }): object => ({
  ID,
  Status,
  Stop,
});
