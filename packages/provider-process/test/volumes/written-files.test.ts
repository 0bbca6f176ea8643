import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { writtenFiles } from "../../src/volumes/written-files.ts";
import { SwappingVolume, noSwapping } from "./swapping.ts";

const metadata = { namespace: "default", name: "pod", uid: "uid" };
const pod: Pod = { metadata, spec: { containers: [], volumes: [{ name: "scratch", emptyDir: {} }] } };

test.skipIf(noSwapping)("what a container has written is never read from elsewhere, whatever it swaps", async () => {
  await using volume = new SwappingVolume();
  writeFileSync(join(volume.outside, "file"), "outside");
  const files = writtenFiles(pod, { directoryOf: () => volume.path });
  volume.begin();
  const found = new Set<string | undefined>();
  for (const end = Date.now() + 2000; Date.now() < end;) {
    found.add(await files.read("scratch", "place/file").then((bytes) => bytes && Buffer.from(bytes).toString()));
  }
  expect(found).toContain("inside");
  expect(found).not.toContain("outside");
});
