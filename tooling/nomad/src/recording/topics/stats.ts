import { nobody } from "../normalised.ts";
import { allocationOf, isRunning, shell } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";

/** What tasks and the client use. Amounts are of the moment: kept is which of them there are. */
export async function stats(recorder: Recorder): Promise<void> {
  const { ID } = await allocationOf(recorder, { id: "vk-used", ...shell("exec sleep 3600") }, isRunning);
  const path = `/v1/client/allocation/${ID}/stats`;
  await recorder.until<{ ResourceUsage: { CpuStats: unknown } | null; Tasks: object }>(
    { path },
    ({ ResourceUsage, Tasks }) => Boolean(ResourceUsage?.CpuStats) && Object.keys(Tasks).length > 0,
  );
  await recorder.ask("of an allocation", { path, keep: withoutAmounts });
  await recorder.ask("of an allocation that is not there", {
    path: path.replace(ID, nobody),
  });
  const [node] = await recorder.nomad.client.get<readonly { readonly ID: string }[]>({ path: "/v1/nodes" });
  await recorder.ask("of a node", { path: `/v1/client/stats?node_id=${node?.ID}`, keep: withoutAmounts });
  await recorder.ask("of a node that is not there", {
    path: `/v1/client/stats?node_id=${nobody}`,
  });
  await recorder.nomad.client.get({ method: "DELETE", path: "/v1/job/vk-used" });
  await recorder.until<{ ClientStatus: string }>(
    { path: `/v1/allocation/${ID}` },
    (one) => one.ClientStatus === "complete",
  );
  await recorder.ask("of an allocation that has ended", { path, keep: withoutAmounts });
}

/** Lists of the host's parts are as long as it has some; processes are named by their numbers. */
function withoutAmounts(value: unknown, key = ""): unknown {
  if (typeof value === "number") return 1;
  if (Array.isArray(value)) return value.slice(0, 1).map((each) => withoutAmounts(each, key));
  if (typeof value === "string") return ["Device", "Mountpoint", "CPU"].includes(key) ? "one" : value;
  if (typeof value !== "object" || value === null) return value;
  if (key === "Pids") return { "1": withoutAmounts(Object.values(value)[0]) };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutAmounts(each, name)]));
}
