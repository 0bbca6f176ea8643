import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routeTable } from "@virtual-kubelet/kubelet-api";
import { type RequestRecord, requestRecord } from "./request-record.ts";
import { kubeletApiDocument } from "./kubelet-api-document.ts";
import type { SeenRequest } from "./seen-request.ts";

const folder = join(import.meta.dirname, "../../records/requests");
const document = join(import.meta.dirname, "../../../../docs/kubelet-api.md");

/** Keeps what reached the nodes of a run on a real control plane, in `records/requests/<target>.json`, if any kubectl did. */
export function recordRequests(release: string, file: string): void {
  if (!existsSync(file)) return;
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const seen = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as SeenRequest);
  const target = release.split(".").slice(0, 2).join(".");
  const paths = routeTable.map(({ path }) => path);
  const record = requestRecord(target, paths, seen);
  if (Object.keys(record.kubectls).length === 0) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${target}.json`), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Writes `docs/kubelet-api.md` from the table of routes and all that was kept. */
export function writeKubeletApiDocument(): void {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  const records = names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as RequestRecord);
  writeFileSync(document, kubeletApiDocument(routeTable, records));
}
