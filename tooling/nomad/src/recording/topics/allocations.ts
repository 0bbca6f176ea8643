import { nobody } from "../normalised.ts";
import {
  type JobShape,
  type RecordedAllocation,
  allocationOf,
  hasEnded,
  isRunning,
  lastEvent,
  recordedTask,
  shell,
} from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";

interface Case extends JobShape {
  readonly name: string;
  readonly until: (allocation: RecordedAllocation) => boolean;
}

const forEver = { run_for: "1h" };
const gate = '{{ with nomadVar "nomad/jobs/vk-gated" }}{{ .go }}{{ end }}';
/** Nomad wants room in the interval for all attempts. */
const again = (Delay: number): object => ({ RestartPolicy: { Attempts: 3, Interval: 5 * Delay, Delay, Mode: "fail" } });
const ended = ({ TaskStates }: RecordedAllocation): boolean => TaskStates?.["main"]?.State === "dead";
const taskIsRunning = ({ TaskStates }: RecordedAllocation): boolean => TaskStates?.["main"]?.State === "running";

/** The states that an allocation and its tasks can be in. */
const cases: readonly Case[] = [
  { name: "running", id: "vk-running", config: forEver, until: isRunning },
  { name: "ended with 0", id: "vk-ended", ...shell("exit 0"), until: hasEnded },
  { name: "ended with 3", id: "vk-failed", ...shell("exit 3"), until: hasEnded },
  { name: "ended by a signal", id: "vk-signalled", ...shell("kill -9 $$"), until: hasEnded },
  {
    name: "its program is not there",
    id: "vk-missing",
    driver: "raw_exec",
    config: { command: "/nowhere/program" },
    until: hasEnded,
  },
  {
    name: "its driver cannot start it",
    id: "vk-unstarted",
    config: { start_error: "no such image", start_error_recoverable: false },
    until: hasEnded,
  },
  {
    name: "its driver cannot start it now, and is asked again",
    id: "vk-pulling",
    config: { start_error: "the registry is away", start_error_recoverable: true },
    group: again(3600e9),
    until: lastEvent("Restarting"),
  },
  {
    name: "waits to be started again",
    id: "vk-waiting",
    config: { exit_code: 3 },
    group: again(3600e9),
    until: lastEvent("Restarting"),
  },
  {
    name: "runs again after it ended with 3",
    id: "vk-again",
    ...shell("[ -e ../again ] && exec sleep 3600; touch ../again; exit 3"),
    group: again(2e9),
    until: (allocation) => taskIsRunning(allocation) && allocation.TaskStates?.["main"]?.Restarts === 1,
  },
  {
    name: "waits for a template",
    id: "vk-gated",
    config: forEver,
    task: { Templates: [{ EmbeddedTmpl: gate, DestPath: "local/go", ChangeMode: "noop" }] },
    until: lastEvent("Task Setup"),
  },
  {
    name: "with a task before it that has ended, and one beside it",
    id: "vk-kinds",
    config: forEver,
    tasks: [
      recordedTask("first", { Config: { exit_code: 0 }, Lifecycle: { Hook: "prestart", Sidecar: false } }),
      recordedTask("beside", { Config: forEver, Lifecycle: { Hook: "prestart", Sidecar: true } }),
    ],
    until: taskIsRunning,
  },
  {
    name: "with a task before it that has failed",
    id: "vk-uninitialized",
    config: forEver,
    tasks: [recordedTask("first", { Config: { exit_code: 2 }, Lifecycle: { Hook: "prestart", Sidecar: false } })],
    until: (allocation) => hasEnded(allocation) && ended(allocation),
  },
  {
    name: "with a port",
    id: "vk-port",
    config: forEver,
    group: { Networks: [{ Mode: "host", DynamicPorts: [{ Label: "http", To: 80 }] }] },
    until: isRunning,
  },
];

const listPath = (id: string): string =>
  `/v1/allocations?resources=true&task_states=true&filter=${encodeURIComponent(`JobID == "${id}"`)}`;

/** Allocations in all their states, and what is told of none. */
export async function allocations(recorder: Recorder): Promise<void> {
  for (const { name, until, ...shape } of cases) {
    await allocationOf(recorder, shape, until);
    await recorder.ask(name, { path: listPath(shape.id) });
  }
  const { ID } = await allocationOf(recorder, { id: "vk-stopped", ...shell("exec sleep 3600") }, isRunning);
  await recorder.ask("one in full", { path: `/v1/allocation/${ID}` });
  await recorder.nomad.client.get({ method: "DELETE", path: "/v1/job/vk-stopped" });
  await recorder.until<RecordedAllocation>({ path: `/v1/allocation/${ID}` }, hasEnded);
  await recorder.ask("stopped with its job", { path: listPath("vk-stopped") });
  await recorder.nomad.client.get({ method: "DELETE", path: "/v1/job/vk-stopped?purge=true" });
  await recorder.ask("of a job that is forgotten", { path: listPath("vk-stopped") });
  await recorder.ask("one that is not there", { path: `/v1/allocation/${nobody}` });
  await recorder.ask("one whose identifier is none", { path: "/v1/allocation/nothing" });
  await recorder.ask("a filter that is none", { path: "/v1/allocations?filter=nothing" });
}
