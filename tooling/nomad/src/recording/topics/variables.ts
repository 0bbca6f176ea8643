import type { Recorder } from "../recorder.ts";

/** Variables: written, read, and not twice. */
export async function variables(recorder: Recorder): Promise<void> {
  const path = "/v1/var/nomad/jobs/vk-one/pod/main";
  const body = (value: string) => ({ Path: "nomad/jobs/vk-one/pod/main", Items: { go: value } });
  await recorder.ask("get one that is not there", { path });
  await recorder.ask("put", { method: "PUT", path, body: body("one") });
  await recorder.ask("get", { path });
  await recorder.ask("put again", { method: "PUT", path, body: body("two") });
  await recorder.ask("put only if it is new, when it is there", {
    method: "PUT",
    path: `${path}?cas=0`,
    body: body("three"),
  });
  await recorder.ask("list", { path: "/v1/vars?prefix=nomad/jobs/vk-one" });
  await recorder.ask("put more than it may hold", { method: "PUT", path, body: body("x".repeat(70_000)) });
  await recorder.ask("put nothing", { method: "PUT", path, body: { Items: {} } });
  await recorder.ask("put at a path that is none", {
    method: "PUT",
    path: "/v1/var/nomad/other",
    body: { Items: { go: "" } },
  });
  await recorder.ask("delete", { method: "DELETE", path });
  await recorder.ask("delete one that is not there", { method: "DELETE", path });
  await recorder.ask("list of none", { path: "/v1/vars?prefix=nomad/jobs/vk-none" });
}
