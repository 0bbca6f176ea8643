import { writeFileSync } from "node:fs";
import { jobFromPod } from "../src/job-from-pod.ts";
import { featureOverview } from "./feature-overview.ts";
import { goldenJobFile, goldenNames, goldenPod } from "./golden-pods.ts";
import { readmeWith, writeReadme } from "./readme.ts";

// `pnpm record-golden`, and then read what has changed: it is agreed to by committing it.
for (const name of goldenNames) {
  const { pod, material } = goldenPod(name);
  writeFileSync(goldenJobFile(name), `${JSON.stringify(jobFromPod(pod, material), undefined, 2)}\n`);
}
writeReadme(readmeWith(featureOverview()));
