import { type RecordedAllocation, allocationOf, hasEnded, isRunning } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";
import { jsonMessages } from "../streams.ts";

interface Batch {
  readonly Index?: number;
  readonly Events?: readonly {
    readonly Topic: string;
    readonly Type: string;
    readonly Payload: { readonly Allocation?: RecordedAllocation };
  }[];
}

/** So slow to start and to end that Nomad has always written down before that what it decided. */
const slow = {
  id: "vk-told",
  config: { run_for: "1h", start_block_for: "1s", kill_after: "1s" },
  task: { KillTimeout: 5e9 },
};

/** The event stream: what it says of the life of a job, and what it says when nothing happens. */
export async function events(recorder: Recorder): Promise<void> {
  const { nomad } = recorder;
  const topics = "topic=Allocation&topic=Job&topic=Evaluation";
  const { index } = await indexNow(recorder);
  await allocationOf(recorder, slow, isRunning);
  await nomad.client.get({ method: "DELETE", path: "/v1/job/vk-told" });
  await recorder.until<readonly RecordedAllocation[]>({ path: "/v1/job/vk-told/allocations" }, (list) =>
    list.every(hasEnded),
  );
  await nomad.client.get({ method: "DELETE", path: "/v1/job/vk-told?purge=true" });
  const path = `/v1/event/stream?${topics}&namespace=*`;
  let ends = 0;
  const isLast = ({ Events = [] }: Batch): boolean =>
    (ends += Events.filter(({ Topic, Type }) => Topic === "Evaluation" && Type === "JobDeregistered").length) === 2;
  const batches = await jsonMessages(nomad, { path: `${path}&index=${index}`, until: isLast });
  recorder.keep("the life of a job", { path: `${path}&index=1` }, { status: 200, messages: ordered(batches) });
  const quiet = await jsonMessages(nomad, {
    path: "/v1/event/stream?topic=Job:nothing",
    until: (line: object) => Object.keys(line).length === 0,
  });
  recorder.keep("nothing happens", { path: "/v1/event/stream?topic=Job:nothing" }, { status: 200, messages: quiet });
  await recorder.ask("a topic that is none", { path: "/v1/event/stream?topic=Nothing:*:*&index=no" });
}

async function indexNow({ nomad }: Recorder): Promise<{ readonly index: number }> {
  const { headers } = await nomad.client.ask({ path: "/v1/allocations" });
  return { index: Number(headers["x-nomad-index"]) + 1 };
}

/** What a busy client tells of a kill before it has the end to tell of, and others do not. */
const passing = "Allocation AllocationUpdated running stop";

/** How many batches there are depends on how soon each is written: kept is the first of each kind, and each state of an allocation. */
function ordered(batches: readonly unknown[]): readonly unknown[] {
  const seen = new Set([passing]);
  return (batches as readonly Batch[]).filter(({ Events = [] }) => {
    const signs = Events.map(({ Topic, Type, Payload: { Allocation } }) =>
      [Topic, Type, Allocation?.ClientStatus, Allocation?.DesiredStatus].join(" "),
    );
    const isNew = signs.some((sign) => !seen.has(sign));
    for (const sign of signs) seen.add(sign);
    return isNew;
  });
}
