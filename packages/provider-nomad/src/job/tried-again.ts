import type { NomadJob } from "../api/job.ts";

const triesKey = "vk_tries";

/**
 * The job, to be registered once more after it has failed to start: Nomad makes a new allocation because something of it has changed. Its meta
 * counts the tries.
 */
export function triedAgain<Job extends Pick<NomadJob, "Meta">>(job: Job): Job {
  const tries = Number(job.Meta[triesKey] ?? "0") || 0;
  return { ...job, Meta: { ...job.Meta, [triesKey]: String(tries + 1) } };
}
