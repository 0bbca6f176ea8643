import { writeFileSync } from "node:fs";
import { jobFromPod } from "../src/job-from-pod.ts";
import { goldenJobFile, goldenNames, goldenPod } from "./golden-pods.ts";

// `node test/record-golden.ts`, and then read what has changed: it is agreed to by committing it.
for (const name of goldenNames) {
  const { pod, material } = goldenPod(name);
  writeFileSync(goldenJobFile(name), `${JSON.stringify(jobFromPod(pod, material), undefined, 2)}\n`);
}
