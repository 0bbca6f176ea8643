import { expect, test } from "vitest";
import { tagsOf } from "../../src/job/identity.ts";
import { triedAgain } from "../../src/job/tried-again.ts";
import { jobFromPod } from "../../src/job-from-pod.ts";
import { goldenPod } from "../golden-pods.ts";

test("a job that is tried again is another one, and the same pod's", () => {
  const { pod, material } = goldenPod("mock");
  const { job } = jobFromPod(pod, material);
  const again = triedAgain(triedAgain(job));
  expect(again).toEqual({ ...job, Meta: { ...job.Meta, vk_tries: "2" } });
  expect(tagsOf(again.Meta)).toEqual(tagsOf(job.Meta));
});
