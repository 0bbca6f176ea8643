import { readFileSync } from "node:fs";
import { newestVersion, releaseOf } from "@virtual-kubelet/control-plane";
import { expect, inject, test } from "vitest";
import { compareAll } from "../src/contract/compare.ts";
import { embeddedServer, realServer } from "../src/contract/contract-server.ts";
import { topics } from "../src/contract/topics.ts";
import { skip } from "../src/suite/scenario.ts";
import { review, reviewedRows } from "../src/contract/reviewed-list.ts";

const readme = new URL("../../../packages/dev-cluster/README.md", import.meta.url);
const newest = releaseOf(newestVersion);

test(
  "the embedded cluster answers as a real one does, but for what its README lists",
  { timeout: 300_000 },
  async (context) => {
    const { release } = inject("stage");
    if (release !== newest) skip(context, `the list of differences is of Kubernetes ${newest}`);
    await using real = await realServer(newest);
    await using embedded = await embeddedServer();
    const found = await compareAll({ embedded, real }, topics);
    const rows = reviewedRows(readFileSync(readme, "utf8"), "Where it differs");
    expect(rows.every(({ exchanges, paths, why }) => exchanges.length > 0 && paths.length > 0 && why !== "")).toBe(
      true,
    );
    const { unlisted, stale } = review(found, rows);
    const lines = unlisted.map(
      ({ topic, exchange, path, ...of }) =>
        `“${topic}: ${exchange}” at ${path}\n  embedded: ${of.embedded}\n  real:     ${of.real}`,
    );
    expect(lines.join("\n"), "differences that the README of dev-cluster does not list").toBe("");
    expect(stale, "what the README of dev-cluster lists, and is no difference").toEqual([]);
  },
);
