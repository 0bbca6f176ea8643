import type { Awaitable, Call } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadRequest } from "../client/nomad-request.ts";
import { requests } from "../client/requests.ts";
import type { Followed } from "./follow-events.ts";
import type { Listed } from "./known-jobs.ts";
import { listNode, takeLists } from "./list-node.ts";

/** How long Nomad keeps a question whose answer is still the same. */
const waitMs = 60_000;

/**
 * As `followEvents`, where Nomad's stream cannot be had: three questions that are answered when something has changed. Of the
 * whole namespace, that is: each costs a list.
 */
export async function* followLists(followed: Followed, { signal }: Call): AsyncGenerator<ReadonlySet<string>> {
  const { client, networks, prefix, known } = followed;
  const lists = await listNode(followed, prefix, { signal });
  yield takeLists(known, lists);
  const over = new AbortController();
  const call = { signal: AbortSignal.any([signal, over.signal]) };
  const ask = <T>(request: NomadRequest, index: number, take: (list: Listed<T>) => Awaitable<ReadonlySet<string>>) => {
    let last = index;
    return async () => {
      const answer = await client.blocking<readonly T[]>(request, { ...call, index: Math.max(1, last), waitMs });
      last = answer.index;
      return take(answer);
    };
  };
  const questions = [
    ask(requests.jobs(prefix), lists.jobs.index, known.listJobs.bind(known)),
    ask(requests.allocations(prefix), lists.allocations.index, async ({ value, index }: Listed<NomadAllocation>) =>
      known.listAllocations({ value: await networks.complete(value, call), index }),
    ),
    ask(requests.evaluations(prefix), lists.evaluations.index, known.listEvaluations.bind(known)),
  ];
  const pending = new Map(questions.map((question, at) => [at, named(at, question())]));
  try {
    for (;;) {
      const { at, changed } = await Promise.race(pending.values());
      pending.set(at, named(at, (questions[at] as () => Promise<ReadonlySet<string>>)()));
      if (changed.size > 0) yield changed;
    }
  } finally {
    over.abort();
    await Promise.allSettled(pending.values());
  }
}

async function named(
  at: number,
  answer: Promise<ReadonlySet<string>>,
): Promise<{ readonly at: number; readonly changed: ReadonlySet<string> }> {
  return { at, changed: await answer };
}
