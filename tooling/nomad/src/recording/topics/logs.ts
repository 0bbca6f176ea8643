import { nobody } from "../normalised.ts";
import { allocationOf, hasEnded, isRunning, shell } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";
import { jsonMessages } from "../streams.ts";

/** What tasks have written. */
export async function logs(recorder: Recorder): Promise<void> {
  const script = "echo one; echo two; echo wrong >&2";
  const { ID } = await allocationOf(recorder, { id: "vk-wrote", ...shell(script) }, hasEnded);
  const path = `/v1/client/fs/logs/${ID}?task=main&type=stdout`;
  await recorder.ask("plain", { path: `${path}&plain=true&origin=start` });
  await recorder.ask("plain, of stderr", { path: `${path.replace("stdout", "stderr")}&plain=true` });
  await recorder.ask("plain, the last four bytes", { path: `${path}&plain=true&origin=end&offset=4` });
  await recorder.ask("plain, from the fifth byte", { path: `${path}&plain=true&origin=start&offset=4` });
  await recorder.ask("plain, from beyond its end", { path: `${path}&plain=true&origin=start&offset=400` });
  await recorder.ask("frames", { path });
  await recorder.ask("of a task that is not there", { path: path.replace("main", "none") });
  await recorder.ask("of a type that is none", { path: path.replace("stdout", "none") });
  await recorder.ask("without a task", { path: `/v1/client/fs/logs/${ID}?type=stdout` });
  await recorder.ask("of an allocation that is not there", {
    path: path.replace(ID, nobody),
  });
  await recorder.ask("files", { path: `/v1/client/fs/ls/${ID}?path=/alloc/logs`, keep: namesOf });
  const running = await allocationOf(recorder, { id: "vk-writes", ...shell("echo one; exec sleep 3600") }, isRunning);
  const followed = `/v1/client/fs/logs/${running.ID}?task=main&type=stdout&follow=true&origin=start`;
  const isEmpty = (frame: object): boolean => Object.keys(frame).length === 0;
  const frames = await jsonMessages(recorder.nomad, { path: followed, until: isEmpty });
  recorder.keep("followed, until its first sign of life", { path: followed }, { status: 200, messages: frames });
  await recorder.nomad.client.get({ method: "DELETE", path: "/v1/job/vk-writes" });
  const gated = {
    EmbeddedTmpl: '{{ with nomadVar "nomad/jobs/vk-silent" }}{{ .go }}{{ end }}',
    DestPath: "local/go",
    ChangeMode: "noop",
  };
  const silent = await allocationOf(
    recorder,
    { id: "vk-silent", ...shell("exit 0"), task: { Templates: [gated] } },
    ({ TaskStates }) => TaskStates?.["main"]?.Events.at(-1)?.Type === "Task Setup",
  );
  await recorder.ask("of a task that has not started", {
    path: `/v1/client/fs/logs/${silent.ID}?task=main&type=stdout&plain=true`,
  });
}

const namesOf = (files: readonly { Name: string; IsDir: boolean }[]): readonly object[] =>
  files.map(({ Name, IsDir }) => ({ Name, IsDir }));
