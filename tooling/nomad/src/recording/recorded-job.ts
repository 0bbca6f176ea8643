import type { Recorder } from "./recorder.ts";

export interface RecordedAllocation {
  readonly ID: string;
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
  readonly TaskStates: Readonly<
    Record<string, { readonly State: string; readonly Restarts: number; readonly Events: readonly { Type: string }[] }>
  > | null;
}

export interface JobShape {
  readonly id: string;
  /** Of the only main task: its driver's settings. */
  readonly config: object;
  readonly driver?: string;
  readonly type?: "service" | "batch";
  readonly task?: object;
  readonly group?: object;
  readonly job?: object;
  /** Beside the main one. */
  readonly tasks?: readonly object[];
}

const [second, minute] = [1e9, 60e9];

/** A job as a pod becomes one: marked, of one group, not rescheduled, and by default not restarted. */
export function recordedJob({ id, config, ...shape }: JobShape): { readonly Job: object } {
  const { driver = "mock_driver", type = "batch", task = {}, tasks = [], group = {}, job = {} } = shape;
  const main = recordedTask("main", { Driver: driver, Config: config, ...task });
  return {
    Job: {
      ID: id,
      Name: id,
      Type: type,
      Datacenters: ["*"],
      Priority: 50,
      Constraints: [],
      Meta: { "virtual-kubelet.name": id, "virtual-kubelet.revision": "v1:one" },
      TaskGroups: [
        {
          Name: "pod",
          Count: 1,
          RestartPolicy: { Attempts: 0, Interval: minute, Delay: second, Mode: "fail" },
          ReschedulePolicy: { Attempts: 0, Unlimited: false },
          EphemeralDisk: { SizeMB: 10 },
          Networks: [],
          Tasks: [...tasks, main],
          ...group,
        },
      ],
      ...job,
    },
  };
}

export function recordedTask(name: string, more: object): object {
  return {
    Name: name,
    Driver: "mock_driver",
    Env: {},
    Resources: { CPU: 20, MemoryMB: 16 },
    KillTimeout: second,
    KillSignal: "SIGTERM",
    Templates: [],
    LogConfig: { MaxFiles: 2, MaxFileSizeMB: 1 },
    ...more,
  };
}

export function shell(script: string): { readonly driver: "raw_exec"; readonly config: object } {
  return { driver: "raw_exec", config: { command: "/bin/sh", args: ["-c", script] } };
}

/** Registers a job without keeping it, and gives its allocation once that is as wanted. */
export async function allocationOf(
  recorder: Recorder,
  shape: JobShape,
  test: (allocation: RecordedAllocation) => boolean,
): Promise<RecordedAllocation> {
  await recorder.nomad.client.get({ method: "POST", path: "/v1/jobs", body: recordedJob(shape) });
  const path = `/v1/job/${shape.id}/allocations`;
  const found = await recorder.until<readonly RecordedAllocation[]>({ path }, (list) => list.some(test));
  const allocation = found.find(test);
  if (!allocation) throw new Error(`Job ${shape.id} has no such allocation`);
  return allocation;
}

export const isRunning = ({ ClientStatus }: RecordedAllocation): boolean => ClientStatus === "running";
export const hasEnded = ({ ClientStatus }: RecordedAllocation): boolean =>
  ClientStatus === "complete" || ClientStatus === "failed";

/** Whether the last thing that happened to the main task is that. */
export function lastEvent(type: string): (allocation: RecordedAllocation) => boolean {
  return ({ TaskStates }) => TaskStates?.["main"]?.Events.at(-1)?.Type === type;
}
