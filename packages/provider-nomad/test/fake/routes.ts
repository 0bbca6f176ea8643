import { readdirSync, statSync } from "node:fs";
import type { NomadJob } from "../../src/api/job.ts";
import type { NomadNode } from "../../src/api/node.ts";
import type { NomadVariable } from "../../src/api/variable.ts";
import type { FakeRun } from "./fake-run.ts";
import { type FakeCall, Refusal } from "./reply.ts";
import { saidAllocation, saidAllocationStub, saidJob, saidJobStub, without } from "./said.ts";
import type { Scheduler } from "./scheduler.ts";
import type { FakeState } from "./state.ts";
import { streamEvents, streamLogs } from "./streams.ts";

export interface RouteContext {
  readonly state: FakeState;
  readonly scheduler: Scheduler;
  readonly node: NomadNode;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** What a token has to be allowed; a client's endpoints say otherwise than a server's when it is not. */
  readonly needs: string;
  /** A value is the answer; `undefined`: it has been given. */
  readonly serve: (context: RouteContext, call: FakeCall) => unknown;
}

/** What stands for "an answer without a body". */
export const nothing: unique symbol = Symbol("nothing");

const get = (path: RegExp, needs: string, serve: Route["serve"]): Route => ({ method: "GET", path, needs, serve });

export const routes: readonly Route[] = [
  get(/^\/v1\/status\/leader$/, "", () => "127.0.0.1:4647"),
  get(/^\/v1\/jobs$/, "list-jobs", ({ state }, { query }) =>
    [...state.jobs.values()].filter(({ ID }) => ID.startsWith(query.get("prefix") ?? "")).map(saidJobStub),
  ),
  {
    method: "POST",
    path: /^\/v1\/jobs$/,
    needs: "submit-job",
    serve: ({ scheduler }, { body }) => {
      const { Job, JobModifyIndex } = body as { readonly Job: NomadJob; readonly JobModifyIndex?: number };
      return scheduler.register(Job, { modifyIndex: JobModifyIndex });
    },
  },
  get(/^\/v1\/job\/([^/]+)$/, "read-job", ({ state }, { parts: [id = ""] }) => {
    const job = state.jobs.get(id);
    if (!job) throw new Refusal(404, "job not found");
    return saidJob(job);
  }),
  {
    method: "DELETE",
    path: /^\/v1\/job\/([^/]+)$/,
    needs: "submit-job",
    serve: ({ scheduler }, { parts: [id = ""], query }) =>
      scheduler.deregister(id, { purge: query.get("purge") === "true" }),
  },
  get(/^\/v1\/allocations$/, "read-job", ({ state }, { query }) =>
    [...state.allocations.values()]
      .filter((each) => isWanted(each.JobID, query))
      .map((each) => saidAllocationStub(each)),
  ),
  get(/^\/v1\/job\/([^/]+)\/allocations$/, "read-job", ({ state }, { parts: [id = ""] }) =>
    [...state.allocations.values()]
      .filter(({ JobID }) => JobID === id)
      .map((each) => saidAllocationStub(each, "AllocatedResources")),
  ),
  get(/^\/v1\/allocation\/([^/]+)$/, "read-job", ({ state }, { parts: [id = ""] }) => {
    const found = state.allocations.get(id);
    if (!found) throw new Refusal(404, "alloc not found");
    return saidAllocation(found);
  }),
  get(/^\/v1\/evaluations$/, "read-job", ({ state }, { query }) =>
    [...state.evaluations.values()].filter(
      ({ JobID, Status }) => isWanted(JobID, query) && (Status === "blocked" || Status === "failed"),
    ),
  ),
  get(/^\/v1\/evaluation\/([^/]+)$/, "read-job", ({ state }, { parts: [id = ""] }) => {
    const found = state.evaluations.get(id);
    if (!found) throw new Refusal(404, "eval not found");
    return found;
  }),
  get(/^\/v1\/event\/stream$/, "events", ({ state }, call) => streamEvents(state, call)),
  get(/^\/v1\/client\/fs\/logs\/([^/]+)$/, "read-logs", (context, call) => streamLogs(runOf(context, call), call)),
  get(/^\/v1\/client\/fs\/ls\/([^/]+)$/, "read-fs", (context, call) => {
    const { logs } = runOf(context, call);
    return readdirSync(logs).map((Name) => {
      const { size, mtime } = statSync(`${logs}/${Name}`);
      return { Name, IsDir: false, Size: size, ModTime: mtime.toISOString(), FileMode: "-rw-r--r--" };
    });
  }),
  {
    method: "POST",
    path: /^\/v1\/client\/allocation\/([^/]+)\/signal$/,
    needs: "alloc-lifecycle",
    serve: (context, call) => {
      const { Signal } = call.body as { readonly Signal: string };
      const { tasks } = runOf(context, call);
      const hit = tasks.map((task) => task.signal(Signal));
      if (!hit.includes(true))
        throw new Refusal(
          500,
          `1 error occurred:\n\t* Failed to signal task: ${tasks[0]?.name}, err: Task not running\n\n`,
        );
      return { Index: 0 };
    },
  },
  get(/^\/v1\/client\/allocation\/([^/]+)\/stats$/, "read-job", (context, call) => statsOf(runOf(context, call))),
  get(/^\/v1\/vars$/, "variables:list", ({ state }, { query }) =>
    [...state.variables.values()].flatMap(({ Path }) => (Path.startsWith(query.get("prefix") ?? "") ? [{ Path }] : [])),
  ),
  get(/^\/v1\/var\/(.+)$/, "variables:read", ({ state }, { parts: [path = ""] }) => {
    const found = state.variables.get(path);
    if (!found) throw new Refusal(404, "variable not found");
    return found;
  }),
  {
    method: "PUT",
    path: /^\/v1\/var\/(.+)$/,
    needs: "variables:write",
    serve: ({ state }, { parts: [Path = ""], body }) => {
      const { Items } = body as NomadVariable;
      const size = Object.entries(Items).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
      if (size > 65_536) throw new Refusal(500, "variables are limited to 64KiB in total size");
      state.next();
      state.variables.set(Path, { Path, Items });
      state.touched();
      return { Path, Items };
    },
  },
  {
    method: "DELETE",
    path: /^\/v1\/var\/(.+)$/,
    needs: "variables:destroy",
    serve: ({ state }, { parts: [path = ""] }) => {
      state.variables.delete(path);
      return nothing;
    },
  },
  get(/^\/v1\/nodes$/, "node:read", ({ node }) => {
    return [without(node, "Attributes")];
  }),
  get(/^\/v1\/node\/([^/]+)$/, "node:read", ({ node }, { parts: [id] }) => {
    if (id !== node.ID) throw new Refusal(404, "node not found");
    return node;
  }),
  get(/^\/v1\/client\/stats$/, "node:read", () => ({
    CPU: [{ CPU: "cpu0", TotalPercent: 12.5 }],
    Memory: { Total: 8e9, Used: 2e9, Available: 6e9 },
    AllocDirStats: { Size: 1e11, Used: 1e10, Available: 9e10 },
    Timestamp: Date.now() * 1e6,
  })),
];

function isWanted(jobId: string, query: URLSearchParams): boolean {
  const [, prefix] = /^JobID matches "\^([^"]+)"/.exec(query.get("filter") ?? "") ?? [];
  if (prefix === undefined) throw new Refusal(400, "failed to read filter expression");
  return jobId.startsWith(prefix);
}

function runOf({ scheduler }: RouteContext, { parts: [id = ""] }: FakeCall): FakeRun {
  const run = scheduler.runs.get(id);
  if (!run) throw new Refusal(404, `Unknown allocation "${id}"`);
  return run;
}

function statsOf({ tasks }: FakeRun): object {
  const Timestamp = Date.now() * 1e6;
  const usage = { CpuStats: { Percent: 5, TotalTicks: 100 }, MemoryStats: { RSS: 4e6, Measured: ["RSS"] } };
  const running = tasks.filter(({ isRunning }) => isRunning);
  return {
    Tasks: Object.fromEntries(running.map(({ name }) => [name, { ResourceUsage: usage, Timestamp }])),
    Timestamp,
  };
}

/** Answers a question that waits until the index has gone past it. */
export async function afterIndex(state: FakeState, { query, response }: FakeCall): Promise<void> {
  const wanted = Number(query.get("index") ?? 0);
  const wait = query.get("wait");
  if (wanted === 0 || wait === null) return;
  const signal = AbortSignal.any([AbortSignal.timeout(Number.parseFloat(wait)), closed(response)]);
  while (state.index <= wanted && !signal.aborted) await state.changed(signal).catch(() => undefined);
}

function closed(response: FakeCall["response"]): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}
