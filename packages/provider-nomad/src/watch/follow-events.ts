import type { Call } from "@virtual-kubelet/provider";
import type { NomadEventBatch } from "../api/event.ts";
import { jsonObjects } from "../client/json-objects.ts";
import { requests } from "../client/requests.ts";
import { jobOf } from "../pods/job-of.ts";
import type { KnownJobs } from "./known-jobs.ts";
import { type NodeSource, listNode, takeLists } from "./list-node.ts";

/** Nomad lets itself be heard every thirty seconds. */
const silenceMs = 75_000;

export interface Followed extends NodeSource {
  readonly prefix: string;
  readonly known: KnownJobs;
}

/**
 * The jobs that changed, first all that are there, until the stream breaks. The stream is opened before the lists are read, so that
 * nothing falls between them: where it begins in Nomad's short buffer, and what it may have lost there, does not matter.
 */
export async function* followEvents(followed: Followed, { signal }: Call): AsyncGenerator<ReadonlySet<string>> {
  const { client, prefix, known } = followed;
  const stream = await client.stream(requests.events(), { signal, silenceMs });
  try {
    yield takeLists(known, await listNode(followed, prefix, { signal }));
    for await (const batch of jsonObjects<NomadEventBatch>(stream)) {
      if (!batch.Events?.length) continue;
      const changed = known.take(batch);
      const purged = await purgedJobs(followed, batch, signal);
      if (changed.size + purged.length > 0) yield new Set([...changed, ...purged]);
    }
  } finally {
    await stream.return();
  }
}

/** A job that is purged gets no event of its own: only the evaluation tells that it was deregistered. */
async function purgedJobs(
  { client, prefix, known }: Followed,
  { Events }: NomadEventBatch,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const seen = new Set((Events ?? []).flatMap(({ Payload: { Job } }) => (Job ? [Job.ID] : [])));
  const asked = new Set<string>();
  for (const { Payload } of Events ?? []) {
    const { JobID = "", TriggeredBy } = Payload.Evaluation ?? {};
    if (TriggeredBy === "job-deregister" && JobID.startsWith(prefix) && !seen.has(JobID) && known.get(JobID)) {
      asked.add(JobID);
    }
  }
  const gone: string[] = [];
  for (const id of asked) if (!(await jobOf(client, id, { signal })) && known.purge(id)) gone.push(id);
  return gone;
}
