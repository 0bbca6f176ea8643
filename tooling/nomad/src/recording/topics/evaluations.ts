import { type JobShape, recordedJob } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";

const config = { run_for: "1h" };
const resources = (Resources: object): Pick<JobShape, "task"> => ({ task: { Resources } });

interface Stub {
  readonly JobSummary: { readonly Summary: Readonly<Record<string, { readonly Queued: number }>> };
}

/** Jobs for which there is no place, each for another reason. */
const cases: Readonly<Record<string, JobShape>> = {
  "more memory than there is": { id: "vk-memory", config, ...resources({ CPU: 20, MemoryMB: 100_000_000 }) },
  "more of the processor than there is": { id: "vk-cpu", config, ...resources({ CPU: 100_000_000, MemoryMB: 16 }) },
  "more cores than there are": { id: "vk-cores", config, ...resources({ Cores: 10_000, MemoryMB: 16 }) },
  "more disk than there is": { id: "vk-disk", config, group: { EphemeralDisk: { SizeMB: 1_000_000_000 } } },
  "a device that is nowhere": {
    id: "vk-device",
    config,
    ...resources({ CPU: 20, MemoryMB: 16, Devices: [{ Name: "nvidia/gpu", Count: 1 }] }),
  },
  "a constraint that no node meets": {
    id: "vk-constraint",
    config,
    job: { Constraints: [{ LTarget: "${attr.kernel.name}", RTarget: "plan9", Operand: "=" }] },
  },
  "a driver that no node has": { id: "vk-driver", driver: "nothing", config: {} },
  "a datacenter without nodes": { id: "vk-datacenter", config, job: { Datacenters: ["nowhere"] } },
  "a port that is taken": {
    id: "vk-port-two",
    config,
    group: { Networks: [{ Mode: "host", ReservedPorts: [{ Label: "http", Value: 9999 }] }] },
  },
};

/** Evaluations of jobs that cannot be placed, and of one that can. */
export async function evaluations(recorder: Recorder): Promise<void> {
  const first = recordedJob({ ...cases["a port that is taken"], id: "vk-port-one", config });
  await recorder.nomad.client.get({ method: "POST", path: "/v1/jobs", body: first });
  await recorder.until<readonly { ClientStatus: string }[]>({ path: "/v1/job/vk-port-one/allocations" }, (list) =>
    list.some(({ ClientStatus }) => ClientStatus === "running"),
  );
  await recorder.ask("of a job that is placed", { path: "/v1/job/vk-port-one/evaluations" });
  for (const [name, shape] of Object.entries(cases)) {
    await recorder.nomad.client.get({ method: "POST", path: "/v1/jobs", body: recordedJob(shape) });
    const path = `/v1/evaluations?filter=${encodeURIComponent(`JobID == "${shape.id}" and Status == "blocked"`)}`;
    await recorder.until<readonly unknown[]>({ path }, (list) => list.length > 0);
    await recorder.ask(name, { path });
    const jobs = `/v1/jobs?prefix=${shape.id}&meta=true`;
    // The summary is written by and by.
    await recorder.until<readonly Stub[]>({ path: jobs }, ([job]) => job?.JobSummary.Summary["pod"]?.Queued === 1);
    await recorder.ask(`${name}: the job`, { path: jobs });
  }
  await recorder.ask("of a job that is not there", { path: "/v1/job/vk-none/evaluations" });
}
