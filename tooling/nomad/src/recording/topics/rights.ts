import { nobody as none } from "../normalised.ts";
import { allocationOf, hasEnded, recordedJob, shell } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";
import { execFrames } from "../streams.ts";

/** What a server with ACLs says to those who may not. */
export async function rights(recorder: Recorder): Promise<void> {
  const { nomad } = recorder;
  const reader = await nomad.createToken({ name: "reader", policy: 'namespace "default" { policy = "read" }' });
  const stranger = await nomad.createToken({ name: "nobody", policy: 'namespace "other" { policy = "read" }' });
  const shape = { id: "vk-wrote", ...shell("echo one") };
  const { ID } = await allocationOf(recorder, shape, hasEnded);
  const register = { method: "POST", path: "/v1/jobs", body: recordedJob({ ...shape, id: "vk-refused" }) } as const;
  const variable = { path: "/v1/var/nomad/jobs/vk-refused", body: { Items: { go: "one" } } };
  const asked = {
    register,
    "end a job": { method: "DELETE", path: "/v1/job/vk-wrote" },
    "list jobs": { path: "/v1/jobs" },
    "list allocations": { path: "/v1/allocations", keep: () => [] },
    "list nodes": { path: "/v1/nodes" },
    events: { path: "/v1/event/stream?topic=Allocation" },
    logs: { path: `/v1/client/fs/logs/${ID}?task=main&type=stdout&plain=true` },
    stats: { path: `/v1/client/allocation/${ID}/stats` },
    "put a variable": { method: "PUT", ...variable },
    "the agent itself": { path: "/v1/agent/self" },
    "the leader": { path: "/v1/status/leader", keep: () => "127.0.0.1:4647" },
    "the token itself": { path: "/v1/acl/token/self", keep: policiesOf },
  } as const;
  const refusedTo = {
    "without a token": "",
    "with a token that is none": none,
    "with a token of another namespace": stranger,
  };
  for (const [who, token] of Object.entries(refusedTo))
    for (const [what, request] of Object.entries(asked))
      if (what !== "events" || token !== stranger) await recorder.ask(`${what}, ${who}`, { ...request, token });
  for (const what of ["register", "end a job", "put a variable", "list nodes"] as const)
    await recorder.ask(`${what}, with a token that may only read`, { ...asked[what], token: reader });
  const path = `/v1/client/allocation/${ID}/exec?task=main&command=${encodeURIComponent('["/bin/true"]')}`;
  const messages = await execFrames(nomad, { path, send: [] });
  recorder.keep("exec, without a token", { path }, { status: 101, messages });
}

const policiesOf = ({ Policies, Type }: { Policies: unknown; Type: unknown }): object => ({ Policies, Type });
